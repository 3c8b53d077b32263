using System.Buffers.Binary;
using Weir.Http.WebSockets;

namespace Weir.Http.Tests.WebSockets;

/// <summary>RFC 6455 §5.2 as far as a walker has to know it, wherever the bytes are split.</summary>
public sealed class FrameWalkerTests
{
    private static readonly byte[] Token = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] Mask = [0x11, 0x22, 0x33, 0x44];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_but_answers_to_our_pings_passes_wherever_it_is_split(bool masked)
    {
        byte[][] passed =
        [
            Frame(0x81, masked, 5), Frame(0x8A, masked, Token[..7]), Frame(0x02, masked, 0), Frame(0x89, masked, Token), Frame(0x80, masked, 125),
            Frame(0x8A, masked, [8, 2, 3, 4, 5, 6, 7, 8]), Frame(0x8A, masked, [1, 2, 3, 4, 5, 6, 7, 9]), Frame(0x8A, masked, 0), Frame(0x82, masked, 126), Frame(0x8A, masked, 125),
            Frame(0x0A, masked, Token), Frame(0xCA, masked, Token), Frame(0x82, masked, 300), Frame(0x88, masked, 2),
        ];
        var ours = Frame(0x8A, masked, Token);
        var stream = Joined([ours, .. passed.SelectMany(f => new[] { f, ours })]);
        var expected = Joined(passed);
        for (var split = 0; split <= stream.Length; split++)
        {
            var walked = Walk(stream[..split], stream[split..]);
            walked.Passed.ShouldBe(expected, $"split at {split}");
            walked.Walker.IsBetweenFrames.ShouldBeTrue();
            walked.Walker.Held.ShouldBe(0);
            walked.Walker.SawClose.ShouldBeTrue();
        }

        Walk([.. stream.Select(static b => new[] { b })]).Passed.ShouldBe(expected);
    }

    [Fact]
    public void Between_frames_is_where_frames_end_and_nowhere_else()
    {
        var ends = new HashSet<int> { 0 };
        var stream = new List<byte>();
        foreach (var frame in (byte[][])[Frame(0x01, true, 3), Frame(0x89, false, 0), Frame(0x00, false, 200), Frame(0x80, true, 0), Long(0x82, 70_000), Padded(0x82, 5, 4), Padded(0x82, 5, 10)])
        {
            stream.AddRange(frame);
            ends.Add(stream.Count);
        }

        var walker = default(FrameWalker);
        var hold = new byte[FrameWalker.HoldLength];
        for (var at = 0; at < stream.Count; at++)
        {
            walker.IsBetweenFrames.ShouldBe(ends.Contains(at), $"at {at}");
            walker.Cut([stream[at]], Token, hold).ShouldBe(new FrameCut(1, 0, 0));
        }

        walker.IsBetweenFrames.ShouldBeTrue();
    }

    [Fact]
    public void What_may_become_our_pong_is_held_and_its_place_is_between_frames()
    {
        var walker = default(FrameWalker);
        var hold = new byte[FrameWalker.HoldLength];
        walker.Cut([0x81, 0x01, 0x41, 0x8A], Token, hold).ShouldBe(new FrameCut(3, 1, 0));
        walker.IsBetweenFrames.ShouldBeTrue();
        walker.Held.ShouldBe(1);
        walker.Cut([0x08, 1, 2], Token, hold).ShouldBe(new FrameCut(0, 3, 0));
        walker.Held.ShouldBe(4);
        hold[..4].ShouldBe(new byte[] { 0x8A, 0x08, 1, 2 });
        walker.Cut([3, 4, 5, 6, 7, 8, 0x81], Token, hold).ShouldBe(new FrameCut(0, 6, 0));
        walker.Held.ShouldBe(0);
    }

    [Fact]
    public void A_length_of_63_bits_is_followed_and_one_of_64_ends_all_knowledge()
    {
        var hold = new byte[FrameWalker.HoldLength];
        var longest = default(FrameWalker);
        longest.Cut(Huge(long.MaxValue), Token, hold).ShouldBe(new FrameCut(10, 0, 0));
        longest.IsLost.ShouldBeFalse();
        longest.Cut(Frame(0x8A, false, Token), Token, hold).ShouldBe(new FrameCut(10, 0, 0), "It is payload.");
        longest.IsBetweenFrames.ShouldBeFalse();

        foreach (var length in (ulong[])[1UL << 63, ulong.MaxValue])
        {
            var lost = default(FrameWalker);
            byte[] stream = [.. Huge(length), .. Frame(0x8A, false, Token), .. Frame(0x81, false, 3)];
            lost.Cut(stream, Token, hold).ShouldBe(new FrameCut(stream.Length, 0, 0));
            lost.IsLost.ShouldBeTrue();
            lost.IsBetweenFrames.ShouldBeFalse();
            lost.Cut([0x8A, 0x08], Token, hold).ShouldBe(new FrameCut(2, 0, 0));
        }
    }

    [Fact]
    public void Random_bytes_pass_but_for_our_pongs_and_never_overrun_what_is_held()
    {
        var random = new Random(6455);
        for (var round = 0; round < 3000; round++)
        {
            // Bytes that are likely to be headers of short frames and of pongs.
            var stream = new byte[random.Next(1, 200)];
            for (var i = 0; i < stream.Length; i++) stream[i] = random.Next(4) switch { 0 => 0x8A, 1 => 0x08, 2 => 0x88, _ => (byte)random.Next(256) };
            var parts = new List<byte[]>();
            for (var at = 0; at < stream.Length;)
            {
                var length = Math.Min(random.Next(1, 20), stream.Length - at);
                parts.Add(stream[at..(at + length)]);
                at += length;
            }

            var whole = Walk(stream);
            var split = Walk([.. parts]);
            split.Passed.ShouldBe(whole.Passed);
            (split.Walker.Held, split.Walker.IsLost, split.Walker.IsBetweenFrames).ShouldBe((whole.Walker.Held, whole.Walker.IsLost, whole.Walker.IsBetweenFrames));
            stream.Length.ShouldBe(whole.Passed.Length + whole.Walker.Held, "No pong of ours is among them.");
        }
    }

    [Fact]
    public void Control_frames_are_written_as_they_are_read()
    {
        var frame = new byte[ControlFrames.MaxLength];
        var length = ControlFrames.WritePing(frame, Token, []);
        frame[..length].ShouldBe([0x89, 8, .. Token]);
        length = ControlFrames.WritePing(frame, Token, Mask);
        frame[..length].ShouldBe(Frame(0x89, true, Token));
        length = ControlFrames.WriteGoingAway(frame, []);
        frame[..length].ShouldBe(new byte[] { 0x88, 2, 0x03, 0xE9 });
        length = ControlFrames.WriteGoingAway(frame, Mask);
        frame[..length].ShouldBe(Frame(0x88, true, [0x03, 0xE9]));
    }

    private static (byte[] Passed, FrameWalker Walker) Walk(params byte[][] parts)
    {
        var walker = default(FrameWalker);
        var hold = new byte[FrameWalker.HoldLength];
        var passed = new List<byte>();
        foreach (var part in parts)
        {
            for (var left = part.AsSpan(); !left.IsEmpty;)
            {
                var cut = walker.Cut(left, Token, hold);
                (cut.Pass + cut.Skip).ShouldBeGreaterThan(0);
                passed.AddRange(left[..cut.Pass]);
                passed.AddRange(hold[..cut.Release]);
                left = left[(cut.Pass + cut.Skip)..];
            }
        }

        return ([.. passed], walker);
    }

    private static byte[] Joined(byte[][] frames) => [.. frames.SelectMany(static f => f)];

    // Payload of pongs' headers: whoever loses count takes them for frames.
    private static byte[] Frame(byte first, bool masked, int length) => Frame(first, masked, [.. Enumerable.Range(0, length).Select(static i => i % 2 == 0 ? (byte)0x8A : (byte)0x08)]);

    private static byte[] Frame(byte first, bool masked, byte[] payload)
    {
        var frame = new List<byte> { first };
        var bit = masked ? 0x80 : 0;
        if (payload.Length < 126) frame.Add((byte)(payload.Length | bit));
        else frame.AddRange([(byte)(126 | bit), (byte)(payload.Length >> 8), (byte)payload.Length]);
        if (masked) frame.AddRange(Mask);
        frame.AddRange(payload.Select((b, i) => masked ? (byte)(b ^ Mask[i % 4]) : b));
        return [.. frame];
    }

    private static byte[] Long(byte first, int length)
    {
        var frame = new byte[10 + length];
        (frame[0], frame[1]) = (first, 127);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), length);
        return frame;
    }

    // A length in more bytes than it needs, which §5.2 forbids, and which says the same.
    private static byte[] Padded(byte first, byte length, int header)
    {
        var frame = new byte[header + length];
        (frame[0], frame[1]) = (first, header == 4 ? (byte)126 : (byte)127);
        frame[header - 1] = length;
        return frame;
    }

    private static byte[] Huge(ulong length)
    {
        var header = new byte[10];
        (header[0], header[1]) = (0x82, 127);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(2), length);
        return header;
    }
}
