using System.Text;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http2.Messages;

/// <summary>
/// Seeded damage to valid requests. Whatever is understood is one request to everyone: written as HTTP/1 and as HTTP/2 and read
/// again it is the same, with nothing behind it.
/// </summary>
public sealed unsafe class RequestMutationTests
{
    private static readonly string[] Lines =
    [
        ":method: GET", ":method: POST", ":method: CONNECT", ":method: OPTIONS", ":scheme: http", ":scheme: https", ":authority: a.example", ":authority: A:80",
        ":authority: [::1]:443", ":path: /", ":path: /a/../b?c=d", ":path: *", ":path: //x/%41%2f", ":protocol: websocket", "host: a.example", "host: A:80", "content-length: 5",
        "content-length: 0", "cookie: a=b", "cookie: c", "te: trailers", "expect: 100-continue", "x-a: 1", "x_forwarded_for: 1", "transfer_encoding: chunked",
        "connection: close", "transfer-encoding: chunked", "accept: */*", "range: bytes=0-1", "trailer: x", "x-forwarded-for: 1.2.3.4", "http2-settings: x", "upgrade: h2c",
    ];

    private static readonly string[] Pieces =
    [
        "\r\n", "\r", "\n", " ", "\t", ":", "\0", ",", ";", "\u0085", "\u00e9", "\u007f", "\\", "0", "+", "-", "_", "A", "/", "/../", "%2e%2e/", "%00", "%", "@", "?", "#",
        "\r\nHost: evil\r\n", "\r\nTransfer-Encoding: chunked\r\n", " HTTP/1.1\r\n", "\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n", "http://b/", ":80", ".",
    ];

    [Fact]
    public void What_is_understood_is_one_request_to_everyone()
    {
        var random = new Random(17);
        using var head = new RequestHead();
        var understood = 0;
        for (var round = 0; round < 30_000; round++)
        {
            var block = new List<byte>();
            foreach (var (name, value) in Request(random)) Literal(block, name, value, random);
            if (random.Next(10) == 0) block[random.Next(block.Count)] = (byte)random.Next(256);
            head.Reset();
            using var decoder = new HpackDecoder { MaxListSize = random.Next(5) == 0 ? 200 : 32 * 1024 };
            var reader = new Http2RequestReader(head, Http1Limits.Default, allowsProtocol: true);
            if (decoder.Decode(block.ToArray(), true, ref reader) != HpackFault.None) continue;
            var result = reader.End(random.Next(2) == 0, decoder.IsOverLimit);
            if (result.Verdict != HeadVerdict.Understood)
            {
                result.Refusal.ShouldNotBe(Refusal.None);
                continue;
            }

            understood++;
            AsHttp1(head);
            if (!head.WantsUpgrade) AsHttp2(head);
        }

        understood.ShouldBeGreaterThan(2000);
    }

    private static void AsHttp1(RequestHead head)
    {
        var to = new byte[8192];
        var writer = new HeadWriter(to);
        Http1Writer.WriteRequest(ref writer, head, null, new RequestWriteOptions { Framing = head.Framing, ContentLength = head.ContentLength, Skip = default });
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        using var buffer = new NativeText(to.AsSpan(0, written));
        using var again = new RequestHead();
        var state = default(Http1ParseState);
        var result = RequestParser.Parse(again, buffer.Start, buffer.Length, Http1Limits.Default with { Fields = 200 }, ref state);
        result.ShouldBe(ParseResult.Done(written));
        ShouldBeSame(again, head);
    }

    private static void AsHttp2(RequestHead head)
    {
        var to = new byte[8192];
        var writer = new HpackWriter(to, new HpackEncoder());
        Http2Writer.WriteRequest(ref writer, head, null, new RequestWriteOptions { Framing = head.Framing, ContentLength = head.ContentLength, Skip = default });
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        using var decoder = new HpackDecoder();
        using var again = new RequestHead();
        var reader = new Http2RequestReader(again, Http1Limits.Default, allowsProtocol: false);
        decoder.Decode(to.AsSpan(0, written), true, ref reader).ShouldBe(HpackFault.None);
        reader.End(head.Framing == BodyFraming.None, false).ShouldBe(HeadResult.Understood);
        ShouldBeSame(again, head);
    }

    private static void ShouldBeSame(RequestHead again, RequestHead head)
    {
        Text(again.MethodSpan).ShouldBe(Text(head.MethodSpan));
        Text(again.PathSpan).ShouldBe(Text(head.PathSpan));
        Text(again.QuerySpan).ShouldBe(Text(head.QuerySpan));
        Text(again.AuthoritySpan).ShouldBe(Text(head.AuthoritySpan));
        (again.Form, again.HasQuery).ShouldBe((head.Form, head.HasQuery));
        if (head.Method == HttpMethod.Connect) return;
        (again.Framing, again.ContentLength).ShouldBe((head.Framing, head.ContentLength));
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.Latin1.GetString(text);

    private static List<(string Name, string Value)> Request(Random random)
    {
        var lines = new List<string> { Lines[random.Next(4)], Lines[4 + random.Next(2)], Lines[6 + random.Next(3)], Lines[9 + random.Next(4)] };
        if (lines[0].EndsWith("CONNECT", StringComparison.Ordinal) && random.Next(2) == 0) lines = [lines[0], ":authority: a:1"];
        for (var more = random.Next(5); more > 0; more--) lines.Add(Lines[random.Next(4) == 0 ? random.Next(Lines.Length) : 14 + random.Next(Lines.Length - 14)]);
        if (random.Next(6) == 0) lines.RemoveAt(random.Next(lines.Count));
        if (random.Next(8) == 0) lines.Insert(random.Next(lines.Count), Lines[random.Next(Lines.Length)]);
        var fields = lines.ConvertAll(l => (l[..l.IndexOf(": ", 1, StringComparison.Ordinal)], l[(l.IndexOf(": ", 1, StringComparison.Ordinal) + 2)..]));
        for (var damage = random.Next(3); damage > 0 && fields.Count > 0; damage--)
        {
            var at = random.Next(fields.Count);
            var (name, value) = fields[at];
            var piece = Pieces[random.Next(Pieces.Length)];
            fields[at] = random.Next(4) == 0 ? (name.Insert(random.Next(name.Length + 1), piece), value) : (name, value.Insert(random.Next(value.Length + 1), piece));
        }

        return fields.Count > 0 ? fields : [("x", "y")];
    }

    private static void Literal(List<byte> block, string name, string value, Random random)
    {
        block.Add((byte)(random.Next(3) switch { 0 => 0x00, 1 => 0x10, _ => 0x40 }));
        foreach (var text in new[] { NativeText.Bytes(name), NativeText.Bytes(value) })
        {
            var huffman = random.Next(2) == 0;
            var bytes = huffman ? new byte[HuffmanEncoder.Length(text)] : text;
            if (huffman) HuffmanEncoder.Encode(text, bytes);
            var digits = new byte[HpackInteger.MaxWritten];
            block.AddRange(digits[..HpackInteger.TryWrite(digits, (byte)(huffman ? 0x80 : 0), 7, bytes.Length)]);
            block.AddRange(bytes);
        }
    }
}
