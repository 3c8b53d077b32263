using System.Text;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>A body ends as its framing says, and what follows is left alone.</summary>
public sealed class BodyDecoderTests
{
    private static (string Body, int Left, bool Done, Refusal AtEnd) Read(BodyFraming framing, long length, string wire, int piece)
    {
        var decoder = new BodyDecoder(framing, length);
        var bytes = NativeText.Bytes(wire);
        var body = new StringBuilder();
        var at = 0;
        while (!decoder.IsDone && at < bytes.Length)
        {
            var outcome = decoder.Decode(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)), out var consumed, out var offset, out var count);
            body.Append(Encoding.Latin1.GetString(bytes, at + offset, count));
            at += consumed;
            outcome.ShouldNotBe(ChunkOutcome.Refused);
        }

        return (body.ToString(), bytes.Length - at, decoder.IsDone, decoder.OnEndOfStream());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Each_framing_ends_in_its_own_way(int piece)
    {
        Read(BodyFraming.None, 0, "xyz", piece).ShouldBe(("", 3, true, Refusal.None));
        Read(BodyFraming.Length, 0, "xyz", piece).ShouldBe(("", 3, true, Refusal.None));
        Read(BodyFraming.Length, 5, "helloxyz", piece).ShouldBe(("hello", 3, true, Refusal.None));
        Read(BodyFraming.Length, 9, "hello", piece).ShouldBe(("hello", 0, false, Refusal.UnexpectedEndOfBody));
        Read(BodyFraming.Chunked, 0, "5\r\nhello\r\n0\r\n\r\nxyz", piece).ShouldBe(("hello", 3, true, Refusal.None));
        Read(BodyFraming.Chunked, 0, "5\r\nhello\r\n0\r\n", piece).ShouldBe(("hello", 0, false, Refusal.UnexpectedEndOfBody));
        Read(BodyFraming.UntilClose, 0, "hello", piece).ShouldBe(("hello", 0, false, Refusal.None));
    }

    [Fact]
    public void What_is_known_to_come_can_be_passed_on_ahead()
    {
        var decoder = new BodyDecoder(BodyFraming.Length, 10);
        decoder.Decode("abc"u8, out _, out _, out _).ShouldBe(ChunkOutcome.Data);
        decoder.KnownRemaining.ShouldBe(7);
        decoder = new BodyDecoder(BodyFraming.Chunked, 0);
        decoder.Decode("a\r\nabc"u8, out _, out _, out _).ShouldBe(ChunkOutcome.Data);
        decoder.KnownRemaining.ShouldBe(7);
    }
}
