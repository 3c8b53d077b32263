using System.Net;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

/// <summary>A request as a test writes it: <c>GET api.example.com /path?query</c> and fields.</summary>
internal sealed class Request : IDisposable
{
    private readonly TextArena _arena = new() { MaxAppended = 1 << 20 };

    public Request(string method, string host, string target, params string[] fields)
    {
        Method = method;
        Host = host;
        Target = target;
        Fields = new FieldTable(_arena);
        foreach (var field in fields)
        {
            var colon = field.IndexOf(':');
            Fields.TryAdd(Bytes(field[..colon]), Bytes(field[(colon + 1)..].Trim())).ShouldBeTrue();
        }

        var mark = target.IndexOf('?');
        PathBytes = Bytes(mark < 0 ? target : target[..mark]);
        QueryBytes = mark < 0 ? [] : Bytes(target[(mark + 1)..]);
        HostBytes = Bytes(host);
        MethodBytes = Bytes(method);
        Known = Enum.GetValues<HttpMethod>().FirstOrDefault(m => method == Upper(m));
    }

    public string Method { get; }

    public string Host { get; }

    public string Target { get; }

    public IPAddress? Client { get; init; }

    public FieldTable Fields { get; }

    public HttpMethod Known { get; }

    public byte[] PathBytes { get; }

    public byte[] QueryBytes { get; }

    public byte[] HostBytes { get; }

    public byte[] MethodBytes { get; }

    public MatchInput Input => new()
    {
        Host = HostBytes,
        Path = PathBytes,
        Query = QueryBytes,
        Method = Known,
        MethodText = MethodBytes,
        Fields = Fields,
        Client = Client,
    };

    public override string ToString()
        => $"{Method} {Host} {Target} {string.Join("; ", Enumerable.Range(0, Fields.Count).Select(i => Encoding.UTF8.GetString(Fields.Name(i)) + ": " + Encoding.UTF8.GetString(Fields.Value(i))))} {Client}";

    public void Dispose() => _arena.Dispose();

    private static string Upper(HttpMethod method) => method.ToString().ToUpperInvariant();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
