using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Hpack;

/// <summary>RFC 7541: what a block may say and what spoils it.</summary>
public sealed class DecoderTests
{
    // C.2
    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 55)]
    [InlineData("040c2f73616d706c652f70617468", ":path: /sample/path", 0)]
    [InlineData("100870617373776f726406736563726574", "password: secret", 0)]
    [InlineData("82", ":method: GET", 0)]
    public void Appendix_C2_field_representations(string hex, string text, int tableSize)
    {
        using var decoder = new HpackDecoder();
        decoder.Decode(Block.Hex(hex), out var fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(text);
        decoder.TableSize.ShouldBe(tableSize);
    }

    // C.3 and C.4
    [Theory]
    [InlineData("828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")]
    [InlineData("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    public void Appendix_C3_and_C4_requests(string first, string second, string third)
    {
        using var decoder = new HpackDecoder();
        decoder.Decode(Block.Hex(first), out var fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com");
        decoder.TableSize.ShouldBe(57);
        decoder.Decode(Block.Hex(second), out fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache");
        decoder.TableSize.ShouldBe(110);
        decoder.Decode(Block.Hex(third), out fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value");
        decoder.TableSize.ShouldBe(164);
    }

    // C.5 and C.6: a table of 256 bytes, with evictions.
    [Theory]
    [InlineData(
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31")]
    [InlineData(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void Appendix_C5_and_C6_responses(string first, string second, string third)
    {
        using var decoder = new HpackDecoder();
        decoder.SetTableLimit(256);
        decoder.Decode(Block.Hex("3fe101" + first), out var fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com");
        decoder.TableSize.ShouldBe(222);
        decoder.Decode(Block.Hex(second), out fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com");
        decoder.TableSize.ShouldBe(222);
        decoder.Decode(Block.Hex(third), out fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe(":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\n"
            + "content-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        decoder.TableSize.ShouldBe(215);
    }

    [Theory]
    [InlineData("80", HpackFault.BadIndex)]
    [InlineData("be", HpackFault.BadIndex)]
    [InlineData("7e0161", HpackFault.BadIndex)]
    [InlineData("ffffffffff7f", HpackFault.IntegerTooLarge)]
    [InlineData("ff8080808000", HpackFault.IntegerTooLarge)]
    [InlineData("0001617fffffffff7f", HpackFault.IntegerTooLarge)]
    [InlineData("00017f", HpackFault.Truncated)]
    [InlineData("00", HpackFault.Truncated)]
    [InlineData("000161", HpackFault.Truncated)]
    [InlineData("00016103", HpackFault.Truncated)]
    [InlineData("ff", HpackFault.Truncated)]
    [InlineData("000161811c", HpackFault.BadHuffman)]
    [InlineData("00016184ffffffff", HpackFault.BadHuffman)]
    [InlineData("3fe21f", HpackFault.BadSizeUpdate)]
    [InlineData("8220", HpackFault.BadSizeUpdate)]
    public void What_breaks_a_block_is_named(string hex, HpackFault fault)
    {
        foreach (var piece in new[] { int.MaxValue, 1 })
        {
            using var decoder = new HpackDecoder();
            decoder.Decode(Block.Hex(hex), out _, piece).ShouldBe(fault);
        }
    }

    [Fact]
    public void Section_4_2_a_lowered_limit_has_to_be_followed_by_a_size_update()
    {
        using var decoder = new HpackDecoder();
        decoder.Decode("400161 0162").ShouldBe(HpackFault.None);
        decoder.SetTableLimit(100);
        decoder.Decode("82").ShouldBe(HpackFault.SizeUpdateMissing);
    }

    [Fact]
    public void Section_4_2_the_update_may_be_two_and_the_table_is_then_smaller()
    {
        using var decoder = new HpackDecoder();
        decoder.Decode("400161 0162").ShouldBe(HpackFault.None);
        decoder.SetTableLimit(0);
        decoder.SetTableLimit(4096);
        decoder.Decode("20 3fe11f 82").ShouldBe(HpackFault.None);
        decoder.TableSize.ShouldBe(0);
        decoder.Decode("be").ShouldBe(HpackFault.BadIndex);
    }

    [Fact]
    public void Section_4_2_a_raised_limit_asks_for_nothing()
    {
        using var decoder = new HpackDecoder();
        decoder.SetTableLimit(8192);
        decoder.Decode("82").ShouldBe(HpackFault.None);
        decoder.Decode("3fe13f 82").ShouldBe(HpackFault.None);
    }

    [Fact]
    public void Section_4_4_an_entry_larger_than_the_table_empties_it()
    {
        using var decoder = new HpackDecoder();
        decoder.SetTableLimit(64);
        decoder.Decode("3f21 400161 0162").ShouldBe(HpackFault.None);
        decoder.TableSize.ShouldBe(34);
        decoder.Decode(Block.Hex("4001611f" + new string('0', 62)), out _).ShouldBe(HpackFault.None);
        decoder.TableSize.ShouldBe(64);
        decoder.Decode(Block.Hex("40016120" + new string('0', 64)), out var fields).ShouldBe(HpackFault.None);
        fields.Count.ShouldBe(1);
        decoder.TableSize.ShouldBe(0);
    }

    [Fact]
    public void Section_4_4_a_name_of_an_entry_that_goes_may_be_used_by_the_new_one()
    {
        using var decoder = new HpackDecoder();
        decoder.SetTableLimit(64);
        decoder.Decode("3f21").ShouldBe(HpackFault.None);
        decoder.Decode(Block.Hex("400161 0162"), out _).ShouldBe(HpackFault.None);
        for (var i = 0; i < 1000; i++)
        {
            decoder.Decode(Block.Hex("7e " + (i % 2 == 0 ? "1e" : "1f") + new string('3', i % 2 == 0 ? 60 : 62)), out var fields).ShouldBe(HpackFault.None);
            fields[0].Name.ShouldBe("a");
            decoder.Decode(Block.Hex("be"), out fields).ShouldBe(HpackFault.None);
            fields[0].Name.ShouldBe("a");
            fields[0].Value.Length.ShouldBe(i % 2 == 0 ? 30 : 31);
        }
    }

    [Fact]
    public void Past_the_limit_nothing_is_handed_out_but_the_table_stays_right()
    {
        using var decoder = new HpackDecoder { MaxListSize = 100 };
        // Three fields of 34, and the third passes 100.
        decoder.Decode(Block.Hex("4001610131 4001620132 4001630133 82"), out var fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe("a: 1\nb: 2");
        decoder.IsOverLimit.ShouldBeTrue();
        decoder.Decode(Block.Hex("be"), out fields).ShouldBe(HpackFault.None);
        fields.Text().ShouldBe("c: 3");
        decoder.IsOverLimit.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_longer_than_limit_and_table_is_dropped_and_the_rest_decoded(bool huffman)
    {
        using var decoder = new HpackDecoder { MaxListSize = 1000 };
        var length = 100_000;
        // 'a' is 00011: eight of them are five bytes.
        var text = huffman ? Enumerable.Repeat(Convert.FromHexString("18c6318c63"), length / 8).SelectMany(x => x).ToArray() : new byte[length];
        if (!huffman) text.AsSpan().Fill((byte)'a');
        var size = new byte[6];
        var digits = HpackInteger.TryWrite(size, (byte)(huffman ? 0x80 : 0), 7, text.Length);
        byte[] block = [.. Block.Hex("4001610131 4001 62"), .. size.AsSpan(0, digits), .. text, .. Block.Hex("4001630133")];
        foreach (var piece in new[] { int.MaxValue, 1000, 3 })
        {
            decoder.Decode(block, out var fields, piece).ShouldBe(HpackFault.None);
            fields.Text().ShouldBe("a: 1");
            decoder.IsOverLimit.ShouldBeTrue();
            // The long one emptied the table, and the third came in.
            decoder.TableSize.ShouldBe(34);
        }
    }

    [Fact]
    public void Marks_tell_names_and_values_that_no_field_may_have_and_stay_with_the_entry()
    {
        using var decoder = new HpackDecoder();
        var sink = new Gathered();
        decoder.Decode(Block.Hex("40015801 31 4001610120 4003615f620161 1001610131 4000 0161 c1c0bf"), true, ref sink).ShouldBe(HpackFault.None);
        sink.Marks.ShouldBe([FieldMarks.BadName, FieldMarks.BadValue, FieldMarks.Underscore, FieldMarks.NeverIndexed, FieldMarks.BadName,
            FieldMarks.BadName, FieldMarks.BadValue, FieldMarks.Underscore]);
    }

    [Fact]
    public void Any_bytes_are_decoded_or_refused_alike_however_they_are_split()
    {
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            using var whole = new HpackDecoder { MaxListSize = 500 };
            using var split = new HpackDecoder { MaxListSize = 500 };
            for (var block = 0; block < 4; block++)
            {
                var bytes = new byte[random.Next(60)];
                random.NextBytes(bytes);
                // More of the bytes that begin a field, so that it goes on.
                for (var i = 0; i < bytes.Length; i++) if (random.Next(3) == 0) bytes[i] = (byte)(random.Next(2) == 0 ? 0x40 : random.Next(8));
                var fault = whole.Decode(bytes, out var fields);
                split.Decode(bytes, out var same, 1 + random.Next(5)).ShouldBe(fault);
                same.ShouldBe(fields);
                split.TableSize.ShouldBe(whole.TableSize);
                whole.TableSize.ShouldBeLessThanOrEqualTo(HpackDecoder.DefaultTableSize);
                if (fault != HpackFault.None) break;
            }
        }
    }
}
