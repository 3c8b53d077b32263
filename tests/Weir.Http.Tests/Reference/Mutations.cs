using System.Text;

namespace Weir.Http.Tests.Reference;

/// <summary>Seeded damage to valid requests, of the kinds that make two parsers differ.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly string[] Seeds =
    [
        "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\nUser-Agent: x y\r\n\r\n",
        "POST /p HTTP/1.1\r\nHost: example.com:8080\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello",
        "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\nhello\r\n6;e=\"q\"\r\n world\r\n0\r\nX-T: v\r\n\r\n",
        "GET http://a/x/../y HTTP/1.1\r\nHost: a\r\nConnection: close, x-drop\r\nX-Drop: 1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: keep-alive\r\n\r\n",
        "HEAD //a/%2e/%41%2f HTTP/1.0\r\nHost: A.b.\r\nX: \t y \r\nEmpty:\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n",
        "PUT /u HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\nTE: trailers\r\n\r\n",
        "DELETE /x HTTP/1.0\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    ];

    private static readonly string[] Pieces =
    [
        "\r\n", "\r", "\n", " ", "\t", ":", "\0", ",", ";", "\u000b", "\u0085", "\u00a0", "\u00e9", "\u007f", "\\", "\"", "0", "5", "+", "-", "0x", "_",
        "\r\n ", "\r\n\t", " :", ": ", "\r\n\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "chunked", "Chunked", "chunked, chunked", "identity", "gzip, chunked",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding : chunked\r\n", "Transfer_Encoding: chunked\r\n", "transfer-encoding: identity\r\n",
        "Content-Length: 5\r\n", "Content-Length: 6\r\n", "content-length: 5,5\r\n", "Content-Length: +5\r\n", "Content-Length:\r\n", "Content-Length\r\n",
        "Host: b\r\n", "Host: example.com\r\n", "Host:\r\n", "Connection: transfer-encoding\r\n", "Connection: X-A\r\n", "Connection: close\r\n",
        "X-Forwarded-For: 1.2.3.4\r\n", "GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n", " HTTP/1.1\r\n", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "http://a", "?", "#",
        "/../", "%2e%2e/", "%00", "%", "//", "@", ":80", ".", "9223372036854775808", "FFFFFFFFFFFFFFFF", "99999999999999999999",
    ];

    private readonly Random _random = new(seed);

    public int Next(int bound) => _random.Next(bound);

    public string Make()
    {
        var text = new StringBuilder(Seeds[_random.Next(Seeds.Length)]);
        for (var rounds = _random.Next(4); rounds >= 0; rounds--) Damage(text);
        return text.ToString();
    }

    private void Damage(StringBuilder text)
    {
        var at = _random.Next(text.Length + 1);
        switch (_random.Next(7))
        {
            case 0 when at < text.Length:
                text[at] = (char)_random.Next(256);
                break;
            case 1 when at < text.Length:
                text.Remove(at, Math.Min(1 + _random.Next(3), text.Length - at));
                break;
            case 2:
                text.Insert(at, Pieces[_random.Next(Pieces.Length)]);
                break;
            case 3 when at < text.Length:
                text[at] = char.IsUpper(text[at]) ? char.ToLowerInvariant(text[at]) : char.ToUpperInvariant(text[at]) is var upper and < '\u0100' ? upper : text[at];
                break;
            default:
                // At the start of a line, where a piece is most likely to be taken for one.
                var lines = text.ToString().Split("\r\n");
                var line = _random.Next(lines.Length);
                lines[line] = _random.Next(3) switch
                {
                    0 => Pieces[_random.Next(Pieces.Length)] + lines[line],
                    1 => lines[_random.Next(lines.Length)] + "\r\n" + lines[line],
                    _ => lines[line] + Pieces[_random.Next(Pieces.Length)],
                };
                text.Clear().AppendJoin("\r\n", lines);
                break;
        }
    }
}
