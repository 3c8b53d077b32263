using System.Text;
using Weir.Http.GrpcWeb;

namespace Weir.Http.Tests.GrpcWeb;

/// <summary>Base64 in pieces, against the platform's own of the whole.</summary>
public sealed class Base64Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("YQ==", "a")]
    [InlineData("YWI=", "ab")]
    [InlineData("YWJj", "abc")]
    [InlineData("YQ==YWI=YWJj", "aababc")]
    [InlineData("YWJjYQ==YWJjZGVmZ2hp", "abcaabcdefghi")]
    [InlineData("YWI=YWI=", "abab")]
    public void Padding_may_end_any_quantum_and_pieces_may_end_anywhere(string text, string bytes)
    {
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                foreach (var room in new[] { 3, 4, 7, 100 })
                {
                    var decoder = default(Base64Decoder);
                    Decode(ref decoder, room, text[..first], text[first..second], text[second..]).ShouldBe(bytes);
                    decoder.IsWhole.ShouldBeTrue();
                }
            }
        }
    }

    [Theory]
    [InlineData("=")]
    [InlineData("Y===")]
    [InlineData("=YQ=")]
    [InlineData("YQ=a")]
    [InlineData("YQ= ")]
    [InlineData("YWJj=")]
    [InlineData("YWJj====")]
    [InlineData("YQ ==")]
    [InlineData("YW\nJj")]
    [InlineData("YWJj\r\nYWJj")]
    [InlineData("YW-_")]
    [InlineData("YW\u00e4j")]
    [InlineData("YWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJj YWJj")]
    public void What_is_not_base64_is_seen(string text)
    {
        for (var split = 0; split <= text.Length; split++)
        {
            var decoder = default(Base64Decoder);
            Decode(ref decoder, 100, text[..split], text[split..]).ShouldBeNull($"split at {split}");
        }
    }

    [Theory]
    [InlineData("Y")]
    [InlineData("YQ")]
    [InlineData("YQ=")]
    [InlineData("YWJjY")]
    [InlineData("YQ==Y")]
    public void What_stops_within_a_quantum_is_not_whole(string text)
    {
        var decoder = default(Base64Decoder);
        Decode(ref decoder, 100, text).ShouldNotBeNull();
        decoder.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public void Random_pieces_come_back_as_they_were()
    {
        var random = new Random(20260727);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            var encoder = default(Base64Encoder);
            var decoder = default(Base64Decoder);
            var text = new StringBuilder();
            for (var at = 0; at < bytes.Length;)
            {
                var length = random.Next(0, Math.Min(bytes.Length - at, 40) + 1);
                text.Append(Encode(ref encoder, bytes.AsSpan(at, length), random.Next(4, 60)));
                at += length;
                if (random.Next(4) == 0) text.Append(Pad(ref encoder));
            }

            text.Append(Pad(ref encoder));
            var split = random.Next(0, text.Length + 1);
            Decode(ref decoder, random.Next(3, 50), text.ToString()[..split], text.ToString()[split..]).ShouldBe(Encoding.Latin1.GetString(bytes), $"round {round}");
        }
    }

    [Fact]
    public void Without_a_pad_the_pieces_make_one_text()
    {
        var bytes = Encoding.ASCII.GetBytes("The pieces are many, the text is one.");
        for (var size = 1; size <= bytes.Length; size++)
        {
            var encoder = default(Base64Encoder);
            var text = string.Concat(bytes.Chunk(size).Select(p => Encode(ref encoder, p, 8))) + Pad(ref encoder);
            text.ShouldBe(Convert.ToBase64String(bytes));
            ((long)text.Length).ShouldBeLessThanOrEqualTo(Base64Encoder.RoomFor(bytes.Length));
        }
    }

    private static string? Decode(ref Base64Decoder decoder, int room, params string[] pieces)
    {
        var whole = new StringBuilder();
        Span<byte> to = new byte[room];
        foreach (var piece in pieces)
        {
            ReadOnlySpan<byte> from = Encoding.Latin1.GetBytes(piece);
            while (!from.IsEmpty)
            {
                if (!decoder.TryDecode(from, to, out var consumed, out var written)) return null;
                consumed.ShouldBeGreaterThan(0);
                whole.Append(Encoding.Latin1.GetString(to[..written]));
                from = from[consumed..];
            }
        }

        return whole.ToString();
    }

    private static string Encode(ref Base64Encoder encoder, ReadOnlySpan<byte> from, int room)
    {
        var text = new StringBuilder();
        Span<byte> to = new byte[room];
        while (!from.IsEmpty)
        {
            encoder.Encode(from, to, out var consumed, out var written);
            consumed.ShouldBeGreaterThan(0);
            text.Append(Encoding.ASCII.GetString(to[..written]));
            from = from[consumed..];
        }

        return text.ToString();
    }

    private static string Pad(ref Base64Encoder encoder)
    {
        Span<byte> to = new byte[4];
        return Encoding.ASCII.GetString(to[..encoder.Pad(to)]);
    }
}
