using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Routes;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Inspection;

/// <summary>
/// A request that nobody sent, read by the listener's own parser and guards and matched by its own table, so that an explanation says
/// what would happen and not what a second implementation thinks. Conditions can be evaluated on it.
/// </summary>
internal sealed unsafe class OfflineExchange : ExchangeAccess, IDisposable
{
    private readonly byte* _bytes;
    private readonly Listener _listener;
    private RouteCaptures _captures;
    private string _route = "";
    private IPAddress _client;

    /// <summary>Reads a head, with its closing empty line.</summary>
    public OfflineExchange(Listener listener, byte[] head, IPAddress peer)
    {
        (_listener, PeerAddress, _client) = (listener, peer, peer);
        _bytes = (byte*)NativeMemory.Alloc((nuint)head.Length + 1);
        head.CopyTo(new Span<byte>(_bytes, head.Length));
        var state = default(Http1ParseState);
        var parsed = RequestParser.Parse(Request, _bytes, head.Length, listener.HeadLimits, ref state);
        // A head that is complete and still wants more is longer than the listener allows, or has an empty line inside.
        Refusal = parsed.Outcome == ParseOutcome.Done ? RequestGuard.Judge(Request) : parsed.Outcome == ParseOutcome.Refused ? parsed.Refusal : Refusal.HeaderTooLarge;
        IsUnderstood = parsed.Outcome == ParseOutcome.Done;
        if (IsUnderstood) Identify();
    }

    /// <summary>The head could be read; else <see cref="Refusal"/> says why not and nothing else means anything.</summary>
    public bool IsUnderstood { get; }

    /// <summary>Why it is refused before matching, or None.</summary>
    public Refusal Refusal { get; }

    public bool IsPeerTrusted { get; private set; }

    public override RequestHead Request { get; } = new();

    public override ResponseHead Response { get; } = new();

    public override FieldOverlay AttemptFields { get; } = new();

    public override IPAddress ClientAddress => _client;

    public override int ClientPort => 50000;

    /// <summary>The client as balancers and splits see it.</summary>
    public Reactor.Sockets.PeerAddress ClientPeer => Reactor.Sockets.PeerAddress.From(_client, 0);

    public override IPAddress PeerAddress { get; }

    public override ReadOnlySpan<byte> Scheme => "http"u8;

    public override ReadOnlySpan<byte> RequestId => "00000000-0000-7000-8000-000000000000"u8;

    public override string Listener => _listener.Name;

    public override string Route => _route;

    public override string Cluster => "";

    public override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>What the table needs of it.</summary>
    public MatchInput Input => new(Request, ClientAddress);

    /// <summary>The path parameters of the last match.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters
        => [.. Enumerable.Range(0, _captures.Count).Select(i => KeyValuePair.Create(_captures.Name(i), Encoding.UTF8.GetString(PathParameter(_captures.Name(i)))))];

    public RouteMatch Match()
    {
        var match = _listener.Table.Match(Input, ref _captures);
        _route = match.Route >= 0 ? _listener.Routes[match.Route].Name : "";
        return match;
    }

    public override ReadOnlySpan<byte> PathParameter(string name) => _captures.Get(Request.PathSpan, name);

    public override ValueTask DelayAsync(TimeSpan delay) => ValueTask.CompletedTask;

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
        AttemptFields.Dispose();
        NativeMemory.Free(_bytes);
    }

    private void Identify()
    {
        var peer = ForwardingFields.ToIp(Reactor.Sockets.PeerAddress.From(PeerAddress, 0));
        IsPeerTrusted = !_listener.TrustedProxies.IsEmpty && _listener.TrustedProxies.Contains(peer);
        if (IsPeerTrusted) _client = Http.Forwarding.ClientAddress.Find(Request.Fields, peer, _listener.TrustedProxies).ToIPAddress();
        else Request.Fields.Remove(FieldKinds.FromTrustedOnly);
    }
}
