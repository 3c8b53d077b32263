using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Hpack;

/// <summary>What is put in the table, what never is, and that both tables stay the same whatever happens.</summary>
public sealed class EncoderTests
{
    private readonly byte[] _to = new byte[4096];
    private readonly HpackDecoder _decoder = new();

    private byte[] Encode(HpackEncoder encoder, params (string Name, string Value)[] fields)
    {
        var writer = new HpackWriter(_to, encoder);
        foreach (var (name, value) in fields) writer.Field(NativeText.Bytes(name), NativeText.Bytes(value));
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        var block = _to.AsSpan(0, written).ToArray();
        _decoder.Decode(block, out var decoded).ShouldBe(HpackFault.None);
        decoded.ShouldBe(fields.Select(f => (f.Name.ToLowerInvariant(), f.Value)));
        _decoder.TableSize.ShouldBe(encoder.TableSize);
        return block;
    }

    [Fact]
    public void A_stable_field_is_one_byte_the_second_time_and_another_the_third()
    {
        var encoder = new HpackEncoder();
        Encode(encoder, ("Server", "weir")).Length.ShouldBeGreaterThan(1);
        Encode(encoder, ("server", "weir")).ShouldBe([0xBE]);
        Encode(encoder, ("x-one", "1"))[0].ShouldBe((byte)0x00);
        Encode(encoder, ("X-One", "1"))[0].ShouldBe((byte)0x40);
        Encode(encoder, ("x-one", "1")).ShouldBe([0xBE]);
    }

    [Fact]
    public void What_differs_in_every_message_pushes_nothing_out()
    {
        var encoder = new HpackEncoder();
        Encode(encoder, ("server", "weir"));
        for (var i = 0; i < 1000; i++) Encode(encoder, ("x-request-id", $"id-{i}"), ("etag", $"\"{i * 7}\""));
        Encode(encoder, ("server", "weir")).Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("authorization")]
    [InlineData("cookie")]
    [InlineData("set-cookie")]
    [InlineData("proxy-authorization")]
    public void Section_7_1_3_secrets_are_never_indexed(string name)
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < 5; i++) (Encode(encoder, (name, "secret"))[0] & 0xF0).ShouldBe(0x10);
        encoder.TableSize.ShouldBe(0);
    }

    [Fact]
    public void Section_6_2_3_what_came_as_never_indexed_goes_as_such()
    {
        using var arena = new TextArena();
        var fields = new FieldTable(arena);
        fields.TryAdd("x-key"u8, "k"u8);
        fields.MarkSensitive(0);
        var encoder = new HpackEncoder();
        for (var i = 0; i < 5; i++)
        {
            var writer = new HpackWriter(_to, encoder);
            writer.Fields(fields, null, default, default);
            writer.End(out _).ShouldBe(WriteOutcome.Written);
            (_to[0] & 0xF0).ShouldBe(0x10);
        }

        encoder.TableSize.ShouldBe(0);
    }

    [Fact]
    public void Static_entries_are_one_byte()
    {
        var encoder = new HpackEncoder();
        var writer = new HpackWriter(_to, encoder);
        writer.Pseudo(":method"u8, "GET"u8);
        writer.Pseudo(":path"u8, "/"u8);
        writer.Pseudo(":scheme"u8, "https"u8);
        writer.Pseudo(":status"u8, "204"u8);
        writer.Field("accept-encoding"u8, "gzip, deflate"u8);
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        _to[..written].ShouldBe([0x82, 0x84, 0x87, 0x89, 0x90]);
    }

    [Fact]
    public void Section_4_2_the_smallest_size_and_the_last_one_are_told_at_the_next_block()
    {
        var encoder = new HpackEncoder();
        Encode(encoder, ("server", "weir"));
        encoder.SetPeerLimit(100);
        encoder.SetPeerLimit(0);
        encoder.SetPeerLimit(200);
        _decoder.SetTableLimit(0);
        _decoder.SetTableLimit(200);
        var block = Encode(encoder, ("server", "weir"));
        block[..4].ShouldBe(Block.Hex("20 3fa901"));
        Encode(encoder, ("server", "weir")).ShouldBe([0xBE]);
        encoder.SetPeerLimit(1 << 20);
        _decoder.SetTableLimit(1 << 20);
        Encode(encoder, ("server", "weir"))[..3].ShouldBe(Block.Hex("3fe11f"));
        encoder.SetPeerLimit(8192);
        Encode(encoder, ("server", "weir")).ShouldBe([0xBE]);
    }

    [Fact]
    public void A_table_of_no_size_is_honoured()
    {
        var encoder = new HpackEncoder();
        encoder.SetPeerLimit(0);
        _decoder.SetTableLimit(0);
        for (var i = 0; i < 3; i++) Encode(encoder, ("server", "weir"), ("x-a", "b"));
        encoder.TableSize.ShouldBe(0);
    }

    [Fact]
    public void A_block_that_did_not_fit_leaves_both_tables_the_same()
    {
        var encoder = new HpackEncoder();
        Encode(encoder, ("server", "weir"));
        var small = new byte[12];
        var writer = new HpackWriter(small, encoder);
        writer.Field("vary"u8, "a"u8);
        writer.Field("server"u8, "something that is longer than there is room"u8);
        writer.End(out var written).ShouldBe(WriteOutcome.TooSmall);
        written.ShouldBe(0);
        Encode(encoder, ("vary", "a"), ("server", "weir"))[..4].ShouldBe(Block.Hex("20 3fe11f"));
        Encode(encoder, ("vary", "a"), ("server", "weir")).Length.ShouldBe(2);
    }

    [Fact]
    public void Names_of_any_length_are_written_in_lower_case()
    {
        var encoder = new HpackEncoder();
        foreach (var length in new[] { 1, 127, 128, 129, 500 })
            for (var i = 0; i < 3; i++) Encode(encoder, (new string('X', length), "v"));
    }

    [Fact]
    public void Any_messages_come_through_and_both_tables_stay_the_same()
    {
        var random = new Random(13);
        var encoder = new HpackEncoder();
        string[] names = ["server", "x-a", "X-B", "etag", "cookie", "content-type", "via", "accept-language", "x-very-long-name-of-a-field"];
        for (var round = 0; round < 5000; round++)
        {
            if (random.Next(50) == 0)
            {
                var size = random.Next(5000);
                encoder.SetPeerLimit((uint)size);
                _decoder.SetTableLimit(size);
            }

            if (random.Next(60) == 0) encoder.Abandon();
            Encode(encoder, [.. Enumerable.Range(0, random.Next(12)).Select(_ => (names[random.Next(names.Length)], new string((char)('a' + random.Next(3)), random.Next(90))))]);
        }
    }
}
