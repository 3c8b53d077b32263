using System.Text;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Hpack;

/// <summary>RFC 7541 §5.2 and Appendix B.</summary>
public sealed class HuffmanTests
{
    private static byte[]? Decode(ReadOnlySpan<byte> input, int piece = int.MaxValue)
    {
        var decoder = default(HuffmanDecoder);
        var output = new byte[HuffmanDecoder.MaxDecoded(input.Length) + 64];
        var written = 0;
        while (!input.IsEmpty)
        {
            var length = Math.Min(piece, input.Length);
            var to = new byte[HuffmanDecoder.MaxDecoded(length)];
            var now = decoder.Decode(input[..length], to);
            if (now < 0) return null;
            to.AsSpan(0, now).CopyTo(output.AsSpan(written));
            written += now;
            input = input[length..];
        }

        return decoder.EndsWell ? output[..written] : null;
    }

    [Fact]
    public void The_code_is_complete()
        => Enumerable.Range(0, 257).Sum(s => Math.Pow(2, -HuffmanCode.Lengths[s])).ShouldBe(1.0);

    // RFC 7541, Appendix B: the first and last code of some lengths.
    [Theory]
    [InlineData('0', 0x0u, 5)]
    [InlineData('t', 0x9u, 5)]
    [InlineData(' ', 0x14u, 6)]
    [InlineData(':', 0x5Cu, 7)]
    [InlineData('&', 0xF8u, 8)]
    [InlineData('!', 0x3F8u, 10)]
    [InlineData('\'', 0x7FAu, 11)]
    [InlineData('#', 0xFFAu, 12)]
    [InlineData('\0', 0x1FF8u, 13)]
    [InlineData('^', 0x3FFCu, 14)]
    [InlineData('<', 0x7FFCu, 15)]
    [InlineData('\\', 0x7FFF0u, 19)]
    [InlineData(0x80, 0xFFFE6u, 20)]
    [InlineData(0x01, 0x7FFFD8u, 23)]
    [InlineData(0x09, 0xFFFFEAu, 24)]
    [InlineData(0xFF, 0x3FFFFEEu, 26)]
    [InlineData(0xFE, 0x7FFFFF0u, 27)]
    [InlineData(0xF9, 0xFFFFFFEu, 28)]
    [InlineData(0x0A, 0x3FFFFFFCu, 30)]
    [InlineData(0x16, 0x3FFFFFFEu, 30)]
    [InlineData(256, 0x3FFFFFFFu, 30)]
    public void A_code_is_the_one_of_the_table(int symbol, uint code, int length)
    {
        HuffmanCode.Codes[symbol].ShouldBe(code);
        HuffmanCode.Lengths[symbol].ShouldBe((byte)length);
    }

    [Fact]
    public void Every_text_comes_back_however_it_is_split()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var text = new byte[random.Next(100)];
            if (round % 2 == 0) random.NextBytes(text);
            else for (var i = 0; i < text.Length; i++) text[i] = (byte)random.Next(' ', 127);
            var encoded = new byte[HuffmanEncoder.Length(text)];
            HuffmanEncoder.Encode(text, encoded);
            Decode(encoded).ShouldBe(text);
            Decode(encoded, 1 + random.Next(10)).ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("1f", "a")]
    [InlineData("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com")]
    public void Padding_of_up_to_seven_ones_is_right(string hex, string text) => Encoding.ASCII.GetString(Decode(Block.Hex(hex))!).ShouldBe(text);

    // 5.2: padding is the start of the end of string, and is shorter than a byte.
    [Theory]
    [InlineData("1fff")]
    [InlineData("1fffffff")]
    [InlineData("ff")]
    [InlineData("ffff")]
    [InlineData("18")]
    [InlineData("1e")]
    [InlineData("0000")]
    public void Padding_of_other_bits_or_a_whole_byte_is_refused(string hex)
    {
        Decode(Block.Hex(hex)).ShouldBeNull();
        Decode(Block.Hex(hex), 1).ShouldBeNull();
    }

    [Theory]
    [InlineData("ffffffff")]
    [InlineData("3fffffffff")]
    [InlineData("1ffffffffff0")]
    public void The_end_of_string_within_a_string_is_refused(string hex)
    {
        Decode(Block.Hex(hex)).ShouldBeNull();
        Decode(Block.Hex(hex), 1).ShouldBeNull();
    }

    [Fact]
    public void Any_bytes_are_decoded_or_refused_and_no_more_is_written_than_there_is_room()
    {
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[1 + random.Next(40)];
            random.NextBytes(bytes);
            if (round % 3 == 0) bytes.AsSpan(random.Next(bytes.Length)).Fill(0xFF);
            var whole = Decode(bytes);
            Decode(bytes, 1).ShouldBe(whole);
            if (whole is null) continue;
            var encoded = new byte[HuffmanEncoder.Length(whole)];
            HuffmanEncoder.Encode(whole, encoded);
            encoded.ShouldBe(bytes);
        }
    }
}
