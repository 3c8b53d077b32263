using System.Net;
using System.Text;
using Weir.Config.Records;

namespace Weir.Explaining;

/// <summary>A request to be explained, as the user put it.</summary>
internal sealed record Question(string Method, Uri Url, IReadOnlyList<string> Headers, IPAddress Client, string? Listener)
{
    /// <summary>The URL's path and query as typed: <see cref="Uri"/> would normalise away what is to be explained. Also <c>*</c>, and the authority for CONNECT.</summary>
    public required string Target { get; init; }

    /// <summary>Null with the reason when it cannot be asked.</summary>
    public static Question? Parse(string method, string url, IReadOnlyList<string> headers, string? client, string? listener, out string problem)
    {
        problem = "";
        var asked = url;
        if (asked == "*") url = "http://localhost";
        else if (!url.Contains("://", StringComparison.Ordinal)) url = "http://" + (url.StartsWith('/') ? "localhost" : "") + url;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")) problem = $"'{asked}' is not a URL of http or https";
        var address = IPAddress.Loopback;
        if (client is not null && !IPAddress.TryParse(client, out address)) problem = $"'{client}' is not an IP address";
        if (headers.FirstOrDefault(static h => !h.Contains(':', StringComparison.Ordinal)) is { } bad) problem = $"'{bad}' is not a field: write 'Name: value'";
        if (problem.Length > 0) return null;
        if (asked == "*" || method == "CONNECT") return new Question(method, parsed!, headers, address!, listener) { Target = asked == "*" ? asked : parsed!.Authority };
        var start = url.IndexOf('/', url.IndexOf("://", StringComparison.Ordinal) + 3);
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var target = start >= 0 ? url[start..] : query >= 0 ? "/" + url[query..] : "/";
        var fragment = target.IndexOf('#', StringComparison.Ordinal);
        return new Question(method, parsed!, headers, address!, listener) { Target = fragment < 0 ? target : target[..fragment] };
    }

    /// <summary>The head that a client would send; Host from the URL unless one is given.</summary>
    public byte[] ToHead()
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        if (!Headers.Any(static h => h.StartsWith("host:", StringComparison.OrdinalIgnoreCase))) head.Append("Host: ").Append(Url.Authority).Append("\r\n");
        foreach (var header in Headers) head.Append(header).Append("\r\n");
        return Encoding.UTF8.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>The listener of HTTP that is meant: the one named, else the one on the URL's port, else the first.</summary>
    public string? ChooseListener(WeirConfig config)
    {
        var listeners = config.Listeners.Where(static l => l.Value.Protocol == ListenerProtocol.Http).ToDictionary(StringComparer.Ordinal);
        if (Listener is not null) return listeners.ContainsKey(Listener) ? Listener : null;
        var onPort = listeners.Where(l => ListenAddress.TryParse(l.Value.Address, out var address, out _) && address.Port == Url.Port).Select(static l => l.Key).FirstOrDefault();
        return onPort ?? listeners.Keys.FirstOrDefault();
    }
}
