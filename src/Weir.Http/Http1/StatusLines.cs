using System.Text;

namespace Weir.Http.Http1;

/// <summary>Status lines made once, with the reason phrases of RFC 9110 §15 and the registry.</summary>
public static class StatusLines
{
    private const int First = 100;
    private const int Last = 599;

    private static readonly byte[]?[] Lines = Make();

    /// <summary>"HTTP/1.1 200 OK" with its line end; empty for a status without a usual reason.</summary>
    public static ReadOnlySpan<byte> Get(int status) => status is >= First and <= Last ? Lines[status - First] : default;

    /// <summary>"OK"; empty for a status without a usual reason.</summary>
    public static ReadOnlySpan<byte> Reason(int status)
    {
        var line = Get(status);
        return line.IsEmpty ? default : line["HTTP/1.1 200 ".Length..^2];
    }

    private static byte[]?[] Make()
    {
        var lines = new byte[]?[Last - First + 1];
        foreach (var (status, reason) in Reasons()) lines[status - First] = Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {reason}\r\n");
        return lines;
    }

    private static (int Status, string Reason)[] Reasons() =>
    [
        (100, "Continue"), (101, "Switching Protocols"), (103, "Early Hints"),
        (200, "OK"), (201, "Created"), (202, "Accepted"), (203, "Non-Authoritative Information"), (204, "No Content"),
        (205, "Reset Content"), (206, "Partial Content"), (207, "Multi-Status"), (208, "Already Reported"), (226, "IM Used"),
        (300, "Multiple Choices"), (301, "Moved Permanently"), (302, "Found"), (303, "See Other"), (304, "Not Modified"),
        (307, "Temporary Redirect"), (308, "Permanent Redirect"),
        (400, "Bad Request"), (401, "Unauthorized"), (402, "Payment Required"), (403, "Forbidden"), (404, "Not Found"),
        (405, "Method Not Allowed"), (406, "Not Acceptable"), (407, "Proxy Authentication Required"), (408, "Request Timeout"),
        (409, "Conflict"), (410, "Gone"), (411, "Length Required"), (412, "Precondition Failed"), (413, "Content Too Large"),
        (414, "URI Too Long"), (415, "Unsupported Media Type"), (416, "Range Not Satisfiable"), (417, "Expectation Failed"),
        (421, "Misdirected Request"), (422, "Unprocessable Content"), (423, "Locked"), (424, "Failed Dependency"), (425, "Too Early"),
        (426, "Upgrade Required"), (428, "Precondition Required"), (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"), (451, "Unavailable For Legal Reasons"),
        (500, "Internal Server Error"), (501, "Not Implemented"), (502, "Bad Gateway"), (503, "Service Unavailable"),
        (504, "Gateway Timeout"), (505, "HTTP Version Not Supported"), (506, "Variant Also Negotiates"), (507, "Insufficient Storage"),
        (508, "Loop Detected"), (511, "Network Authentication Required"),
    ];
}
