using System.Net;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Sdk.Policies;
using HttpVersion = Weir.Http.Messages.HttpVersion;

namespace Weir.Sdk.Testing;

/// <summary>
/// An exchange in memory: set up by a chain of calls, then given to a policy (<see cref="PolicyHarness"/>), a condition or a template.
/// <code>
/// using var x = new TestExchange("POST", "https://shop.example/orders?id=7").Field("X-Tenant", "a").Client("192.0.2.7");
/// </code>
/// Text goes in as UTF-8 and is neither normalised nor checked: what a codec would refuse can be tried here.
/// </summary>
public sealed class TestExchange : ExchangeAccess, IDisposable
{
    private readonly Dictionary<string, byte[]> _parameters = new(StringComparer.Ordinal);
    private readonly DelayGate _gate = new();
    private byte[] _scheme = "http"u8.ToArray();
    private byte[] _requestId = "01890a5d-ac96-774b-bcce-b302099a8057"u8.ToArray();
    private IPAddress _clientAddress = IPAddress.Parse("192.0.2.1");
    private IPAddress _peerAddress = IPAddress.Parse("192.0.2.1");
    private int _clientPort = 50000;
    private string _listener = "web";
    private string _route = "test";
    private string _cluster = "";
    private byte[] _announcedAuthority = [];
    private byte[] _announcedAlpn = [];
    private byte[] _announcedId = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000);

    /// <summary>A request for an absolute URL; HTTP/1.1, from 192.0.2.1, without fields.</summary>
    public TestExchange(string method = "GET", string url = "http://test.example/")
    {
        Generation = 1;
        Request.Method = Methods.Find(Encoding.UTF8.GetBytes(method));
        Request.MethodText = Append(Request.Arena, method);
        Request.Version = HttpVersion.Http11;
        Response.Version = HttpVersion.Http11;
        Url(url);
    }

    /// <inheritdoc/>
    public override RequestHead Request { get; } = new();

    /// <inheritdoc/>
    public override ResponseHead Response { get; } = new();

    /// <inheritdoc/>
    public override FieldOverlay AttemptFields { get; } = new();

    /// <inheritdoc/>
    public override IPAddress ClientAddress => _clientAddress;

    /// <inheritdoc/>
    public override int ClientPort => _clientPort;

    /// <inheritdoc/>
    public override IPAddress PeerAddress => _peerAddress;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Scheme => _scheme;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> RequestId => _requestId;

    /// <inheritdoc/>
    public override string Listener => _listener;

    /// <inheritdoc/>
    public override string Route => _route;

    /// <inheritdoc/>
    public override string Cluster => _cluster;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> AnnouncedAuthority => _announcedAuthority;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> AnnouncedAlpn => _announcedAlpn;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> AnnouncedId => _announcedId;

    /// <inheritdoc/>
    public override DateTimeOffset Now => _now;

    /// <summary>A policy waits in <see cref="DelayAsync"/>.</summary>
    public bool IsDelayed => _gate.IsPending;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> PathParameter(string name) => _parameters.TryGetValue(name, out var value) ? value : default;

    /// <summary>Always suspends, until <see cref="EndDelay"/>.</summary>
    public override ValueTask DelayAsync(TimeSpan delay) => _gate.Start(delay);

    /// <summary>Lets the time of the delay pass, without waiting for it; how long it was. The policy goes on inside this call.</summary>
    public TimeSpan EndDelay()
    {
        if (!_gate.IsPending) throw new InvalidOperationException("Nobody waits.");
        _now += _gate.Delay;
        _gate.Open();
        return _gate.Delay;
    }

    /// <summary>Replaces scheme, host, path and query. The path is taken as it is.</summary>
    public TestExchange Url(string url)
    {
        var afterScheme = url.IndexOf("://", StringComparison.Ordinal);
        if (afterScheme < 0) throw new ArgumentException("An absolute URL is expected: http://host/path.", nameof(url));
        _scheme = Encoding.UTF8.GetBytes(url[..afterScheme]);
        var rest = url[(afterScheme + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? rest : rest[..slash];
        var target = slash < 0 ? "/" : rest[slash..];
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var colon = authority.LastIndexOf(':');
        var host = colon > authority.LastIndexOf(']') ? authority[..colon] : authority;
        var arena = Request.Arena;
        Request.Authority = Append(arena, authority);
        Request.Host = Append(arena, host.ToLowerInvariant());
        Request.RawTarget = Append(arena, target);
        Request.Path = Append(arena, mark < 0 ? target : target[..mark]);
        Request.HasQuery = mark >= 0;
        Request.Query = Append(arena, mark < 0 ? "" : target[(mark + 1)..]);
        return this;
    }

    /// <summary>What a trusted proxy says of the connection in its header of the PROXY protocol.</summary>
    public TestExchange Announce(string authority = "", string alpn = "", string id = "")
    {
        _announcedAuthority = Encoding.UTF8.GetBytes(authority);
        _announcedAlpn = Encoding.UTF8.GetBytes(alpn);
        _announcedId = Encoding.UTF8.GetBytes(id);
        return this;
    }

    /// <summary>Adds a field to the request.</summary>
    public TestExchange Field(string name, string value)
    {
        Add(Request.Fields, name, value);
        return this;
    }

    /// <summary>The client's address; the peer's too, unless <see cref="Peer"/> is called afterwards.</summary>
    public TestExchange Client(string address, int port = 50000)
    {
        _clientAddress = _peerAddress = IPAddress.Parse(address);
        _clientPort = port;
        return this;
    }

    /// <summary>The address of the connection's other end.</summary>
    public TestExchange Peer(string address)
    {
        _peerAddress = IPAddress.Parse(address);
        return this;
    }

    /// <summary>The value of a <c>{name}</c> in the route's path.</summary>
    public TestExchange Parameter(string name, string value)
    {
        _parameters[name] = Encoding.UTF8.GetBytes(value);
        return this;
    }

    /// <summary>The configured names.</summary>
    public TestExchange Names(string listener = "web", string route = "test", string cluster = "")
    {
        (_listener, _route, _cluster) = (listener, route, cluster);
        return this;
    }

    /// <summary>The request's version.</summary>
    public TestExchange Version(HttpVersion version)
    {
        Request.Version = version;
        return this;
    }

    /// <summary>The request's id.</summary>
    public TestExchange Id(string id)
    {
        _requestId = Encoding.UTF8.GetBytes(id);
        return this;
    }

    /// <summary>The time.</summary>
    public TestExchange At(DateTimeOffset now)
    {
        _now = now;
        return this;
    }

    /// <summary>The response that an origin would give.</summary>
    public TestExchange Respond(int status, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        Response.Status = status;
        foreach (var (name, value) in fields) Add(Response.Fields, name, value);
        return this;
    }

    /// <summary>The fields of a head in order, holes left out.</summary>
    public static IReadOnlyList<(string Name, string Value)> FieldsOf(FieldTable fields)
    {
        var list = new List<(string, string)>();
        for (var i = 0; i < fields.Count; i++)
            if (fields.Id(i) != KnownField.Removed) list.Add((Encoding.UTF8.GetString(fields.Name(i)), Encoding.UTF8.GetString(fields.Value(i))));
        return list;
    }

    /// <summary>Ends the exchange: views of it are refused from now on.</summary>
    public void End() => Generation++;

    /// <summary>Gives the heads' memory back.</summary>
    public void Dispose()
    {
        End();
        Request.Dispose();
        Response.Dispose();
        AttemptFields.Dispose();
    }

    // A reply takes the place of the response, as the proxy does it.
    internal void Apply(Verdict verdict)
    {
        if (verdict.ReplyWith is not { } reply) return;
        Response.Reset();
        Response.Version = HttpVersion.Http11;
        Response.Status = reply.Status;
        foreach (var (name, value) in reply.Fields)
            if (!value.TryAppend(this, Response.Arena, out var text) || !Response.Fields.TryAdd(Append(Response.Arena, name), text, KnownFields.Find(Encoding.UTF8.GetBytes(name))))
                throw new InvalidOperationException("The head is full.");
        if (reply.Body is not null) Add(Response.Fields, "content-type", reply.ContentType);
    }

    internal ExchangeSummary Summary() => new()
    {
        Status = Response.Status,
        Refusal = default,
        Duration = TimeSpan.Zero,
        RequestBodyBytes = 0,
        ResponseBodyBytes = 0,
        Attempts = 1,
    };

    private static void Add(FieldTable fields, string name, string value)
    {
        if (!fields.TryAdd(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value))) throw new InvalidOperationException("The head is full.");
    }

    private static TextSlice Append(TextArena arena, string text)
        => arena.TryAppend(Encoding.UTF8.GetBytes(text), out var slice) ? slice : throw new InvalidOperationException("The head is full.");
}
