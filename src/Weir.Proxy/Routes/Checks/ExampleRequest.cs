using System.Net;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Proxy.Routes.Checks;

/// <summary>A request to show to a person, and to try out: parameters and fields occur once each.</summary>
internal sealed record ExampleRequest(
    HttpMethod Method,
    string MethodText,
    string Host,
    string Path,
    IReadOnlyList<(string Name, string Value)> Headers,
    IReadOnlyList<(string Name, string Value)> Query,
    IPAddress? Client)
{
    private string RawQuery => string.Join('&', Query.Select(q => $"{Uri.EscapeDataString(q.Name)}={Uri.EscapeDataString(q.Value)}"));

    /// <summary>Whether a test of the matcher's own input form says yes.</summary>
    public bool Try(Trial trial)
    {
        using var arena = new TextArena();
        var fields = new FieldTable(arena);
        foreach (var (name, value) in Headers) fields.TryAdd(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        return trial(new MatchInput
        {
            Host = Encoding.ASCII.GetBytes(Host),
            Path = Encoding.ASCII.GetBytes(Path),
            Query = Encoding.ASCII.GetBytes(RawQuery),
            Method = Method,
            MethodText = Encoding.ASCII.GetBytes(MethodText),
            Fields = fields,
            Client = Client,
        });
    }

    /// <summary>GET http://api.example.com/orders?page=1 (x-version: 2, from 10.0.0.1)</summary>
    public override string ToString()
    {
        var conditions = Headers.Select(h => $"{h.Name}: {h.Value}").ToList();
        if (Client is not null) conditions.Add($"from {Client}");
        return $"{MethodText} http://{Host}{Path}{(Query.Count > 0 ? "?" + RawQuery : "")}{(conditions.Count > 0 ? $" ({string.Join(", ", conditions)})" : "")}";
    }

    internal delegate bool Trial(in MatchInput input);
}
