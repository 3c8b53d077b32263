using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.Reference;

/// <summary>A request as the reference parser reads it. Bytes are chars of Latin-1.</summary>
public sealed record ReferenceRequest(
    string Method,
    string Target,
    string Version,
    string? Host,
    IReadOnlyList<(string Name, string Value)> Fields,
    string Framing,
    string Body,
    IReadOnlyList<(string Name, string Value)> Trailers);

/// <summary>
/// A second, slow and simple reader of HTTP/1 requests, written from the grammar of RFC 9110 and RFC 9112 with regular
/// expressions, and sharing nothing with the codec. What the codec accepts and writes must read here as one request.
/// This file stands alone, so that other test projects can link it.
/// </summary>
public static partial class ReferenceParser
{
    private const string Token = @"[!#$%&'*+\-.^_`|~0-9A-Za-z]+";
    private const string Text = @"[\t\x20-\x7e\x80-\xff]*";
    private const string Quoted = @"""(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*""";
    private const string UriHost = @"(?:[A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])";
    private const string Path = @"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/\[\]]|%[0-9A-Fa-f]{2})*";
    private const string Query = @"(?:\?(?:[!$&-;=?-~]|%[0-9A-Fa-f]{2})*)?";
    private const string Target = $@"{Path}{Query}|\*|[Hh][Tt][Tt][Pp][Ss]?://{UriHost}(?::[0-9]+)?(?:{Path})?{Query}|{UriHost}:[0-9]+";

    /// <summary>All requests in a stream. An error text when something is left that is no whole request.</summary>
    public static (IReadOnlyList<ReferenceRequest> Requests, string? Error) ParseAll(string stream)
    {
        var requests = new List<ReferenceRequest>();
        var at = 0;
        while (at < stream.Length)
        {
            var request = Parse(stream, ref at, out var error);
            if (request is null) return (requests, error);
            requests.Add(request);
        }

        return (requests, null);
    }

    /// <summary>One request at a place in a stream; the place moves behind its body.</summary>
    public static ReferenceRequest? Parse(string stream, ref int at, out string? error)
    {
        var head = HeadPattern().Match(stream, at);
        if (!head.Success) return Fail("no head", out error);

        var fields = ReadFields(head.Groups["field"]);
        var version = head.Groups["version"].Value;
        var hosts = Values(fields, "host");
        if (hosts.Count > 1) return Fail("several hosts", out error);
        if (hosts.Count == 0 && version == "HTTP/1.1") return Fail("no host", out error);
        if (hosts.Count == 1 && !HostPattern().IsMatch(hosts[0])) return Fail("bad host", out error);

        var place = head.Index + head.Length;
        var lengths = Values(fields, "content-length");
        var encodings = Values(fields, "transfer-encoding");
        string framing, body;
        IReadOnlyList<(string, string)> trailers = [];
        if (encodings.Count > 0)
        {
            if (lengths.Count > 0) return Fail("length and encoding", out error);
            if (version != "HTTP/1.1") return Fail("encoding in an old version", out error);
            if (encodings.Count != 1 || !encodings[0].Equals("chunked", StringComparison.OrdinalIgnoreCase)) return Fail("bad encoding", out error);
            if (!TryReadChunks(stream, ref place, out body, out trailers)) return Fail("bad chunks", out error);
            framing = "chunked";
        }
        else if (lengths.Count > 0)
        {
            if (lengths.Count != 1 || !DigitsPattern().IsMatch(lengths[0])) return Fail("bad length", out error);
            if (!long.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return Fail("long length", out error);
            if (length > stream.Length - place) return Fail("short body", out error);
            body = stream.Substring(place, (int)length);
            place += (int)length;
            framing = "length";
        }
        else
        {
            body = "";
            framing = "none";
        }

        at = place;
        error = null;
        return new ReferenceRequest(
            head.Groups["method"].Value, head.Groups["target"].Value, version, hosts.Count == 0 ? null : hosts[0], fields, framing, body, trailers);
    }

    private static bool TryReadChunks(string stream, ref int at, out string body, out IReadOnlyList<(string, string)> trailers)
    {
        var data = new System.Text.StringBuilder();
        body = "";
        trailers = [];
        while (true)
        {
            var line = ChunkPattern().Match(stream, at);
            if (!line.Success) return false;
            at += line.Length;
            var digits = line.Groups["size"].Value.TrimStart('0');
            if (digits.Length == 0) break;
            if (digits.Length > 7) return false;
            var size = int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (at + size + 2 > stream.Length || stream[at + size] != '\r' || stream[at + size + 1] != '\n') return false;
            data.Append(stream, at, size);
            at += size + 2;
        }

        var end = TrailerPattern().Match(stream, at);
        if (!end.Success) return false;
        at += end.Length;
        body = data.ToString();
        trailers = ReadFields(end.Groups["field"]);
        return true;
    }

    private static List<(string Name, string Value)> ReadFields(Group lines)
    {
        var fields = new List<(string, string)>();
        foreach (Capture line in lines.Captures)
        {
            var colon = line.Value.IndexOf(':', StringComparison.Ordinal);
            fields.Add((line.Value[..colon], line.Value[(colon + 1)..].Trim(' ', '\t')));
        }

        return fields;
    }

    private static List<string> Values(List<(string Name, string Value)> fields, string name)
        => [.. fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value)];

    private static ReferenceRequest? Fail(string reason, out string? error)
    {
        error = reason;
        return null;
    }

    [GeneratedRegex($@"\G(?:\r\n)?(?<method>{Token}) (?<target>{Target}) (?<version>HTTP/1\.[01])\r\n(?:(?<field>{Token}:{Text})\r\n)*\r\n", RegexOptions.CultureInvariant)]
    private static partial Regex HeadPattern();

    [GeneratedRegex($@"\G(?<size>[0-9A-Fa-f]+)(?:;{Token}(?:=(?:{Token}|{Quoted}))?)*\r\n", RegexOptions.CultureInvariant)]
    private static partial Regex ChunkPattern();

    [GeneratedRegex($@"\G(?:(?<field>{Token}:{Text})\r\n)*\r\n", RegexOptions.CultureInvariant)]
    private static partial Regex TrailerPattern();

    [GeneratedRegex($@"\A{UriHost}(?::[0-9]{{1,5}})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"\A[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DigitsPattern();
}
