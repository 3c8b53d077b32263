using System.Runtime.InteropServices;
using System.Text;

namespace Weir.Benchmarks.Http1;

/// <summary>Heads as they come in: the shortest that a load generator sends, and a browser's.</summary>
internal static unsafe class HeadSamples
{
    public const string Short = "GET /json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

    public const string Browser =
        "GET /v1/orders/42/items?page=2&size=50 HTTP/1.1\r\nHost: api.example.com\r\n"
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
        + "Accept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
        + "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nX-Custom-Thing: 12345\r\n\r\n";

    public const string Response =
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: origin/1.0\r\nContent-Type: application/json\r\n"
        + "Content-Length: 126\r\nCache-Control: no-store\r\nVary: Accept-Encoding\r\nX-Frame-Options: DENY\r\n\r\n";

    /// <summary>Native memory, as receive buffers are; lives as long as the benchmark's process.</summary>
    public static byte* Allocate(string text, out int length)
    {
        length = text.Length;
        var start = (byte*)NativeMemory.Alloc((nuint)length);
        Encoding.ASCII.GetBytes(text, new Span<byte>(start, length));
        return start;
    }
}
