using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// What outlives a configuration version, by identity: a route's counters by its name, a cluster's queue by its name, an endpoint's
/// connections by cluster, URL and what they begin with, a policy by where it stands and what it says. Control plane only, one reload at a time.
/// </summary>
internal sealed class StateStore(int loops)
{
    private const int MostDeparted = 1024;

    private readonly Dictionary<string, RouteState> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Route, string Cluster), MirrorState> _mirrors = [];
    private readonly Dictionary<string, ClusterState> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string, string, ProxyProtocol), EndpointState> _endpoints = [];
    // Loops keep tables by endpoints' numbers: those that come and go keep theirs.
    private readonly OrderedDictionary<(string, string, string, ProxyProtocol), EndpointState> _departed = [];
    private readonly Dictionary<string, KeptPolicy> _policies = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, Listener> _listeners = new Dictionary<string, Listener>();
    private TicketKeys? _tickets;
    private TicketKeys? _sharedTickets;
    private int _nextEndpoint;

    public int Loops => loops;

    /// <summary>Certificates that Weir got for itself.</summary>
    public ReadyCertificates Ready { get; } = new();

    /// <summary>Answers to authorities that ask over HTTP.</summary>
    public HttpChallenges HttpChallenges { get; } = new();

    /// <summary>Answers to authorities that ask in a handshake.</summary>
    public TlsChallenges Challenges { get; } = new();

    /// <summary>Seals tickets where the configuration says nothing. Made when TLS is first compiled, so that without it OpenSSL is not loaded.</summary>
    public TicketKeys Tickets => _tickets ??= new TicketKeys();

    /// <summary>Seals tickets where all instances of a state folder have the same keys.</summary>
    public TicketKeys SharedTickets => _sharedTickets ??= new TicketKeys();

    public IEnumerable<EndpointState> Endpoints => _endpoints.Values;

    public RouteState Route(string name) => _routes.TryGetValue(name, out var state) ? state : _routes[name] = new RouteState(name, loops);

    /// <summary>The counters of an arm of a route's split.</summary>
    public RouteState Arm(string route, string arm) => Route(ArmKey(route, arm));

    /// <summary>The counters of a route's copies for a cluster.</summary>
    public MirrorState Mirror(string route, string cluster)
        => _mirrors.TryGetValue((route, cluster), out var state) ? state : _mirrors[(route, cluster)] = new MirrorState(route, cluster, loops);

    public ClusterState Cluster(string name) => _clusters.TryGetValue(name, out var state) ? state : _clusters[name] = new ClusterState(name, loops);

    /// <summary>What a route chooses from that wants these labels.</summary>
    public static EndpointChoice Choice(ClusterState cluster, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count == 0) return cluster.All;
        var key = string.Join('\n', labels.OrderBy(static l => l.Key, StringComparer.Ordinal).Select(static l => $"{l.Key}={l.Value}"));
        return cluster.Choices.GetOrAdd(key, static (_, wanted) => new EndpointChoice(wanted), labels);
    }

    /// <summary>The endpoint of this cluster and URL, if it is known with TLS that says the same.</summary>
    public EndpointState? Find(ClusterState cluster, string url, string tls)
    {
        for (var introduces = ProxyProtocol.Off; introduces <= ProxyProtocol.V2; introduces++)
            if (_endpoints.TryGetValue((cluster.Name, url, tls, introduces), out var state)) return state;
        return null;
    }

    public EndpointState Endpoint(ClusterState cluster, string url, UpstreamTls? tls, UpstreamProtocol protocol, ProxyProtocol introduces)
    {
        var key = (cluster.Name, url, tls?.Digest ?? protocol.ToString(), introduces);
        if (_endpoints.TryGetValue(key, out var state)) return state;
        if (_departed.Remove(key, out state)) return _endpoints[key] = Return(state);
        return _endpoints[key] = new EndpointState(_nextEndpoint++, cluster, url, tls, protocol, introduces, loops);
    }

    /// <summary>The TLS of this listener in the version before, when it says the same.</summary>
    public ListenerTls? Tls(string listener, string digest)
        => _listeners.TryGetValue(listener, out var before) && before.Tls is { } tls && tls.Digest == digest ? tls : null;

    /// <summary>A new key seals tickets from here on.</summary>
    public void RotateTickets() => _tickets?.Rotate();

    /// <summary>The policy of this identity when it says the same as before; else null and the new one is to be given to <see cref="Keep"/>.</summary>
    public Policy? Policy(string identity, string digest, string kind, out PolicyState state)
    {
        if (_policies.TryGetValue(identity, out var kept))
        {
            state = kept.State;
            return kept.Digest == digest ? kept.Policy : null;
        }

        state = new PolicyState(identity, kind, loops);
        return null;
    }

    public void Keep(string identity, string digest, Policy policy, PolicyState state) => _policies[identity] = new KeptPolicy(digest, policy, state);

    /// <summary>After a publication: what the new version does not name is forgotten. The endpoints that went.</summary>
    public List<EndpointState> Forget(Snapshot current, ISet<string> policies)
    {
        _listeners = current.Listeners;
        var routes = current.Routes.Select(static r => r.Name).Append("")
            .Concat(current.Routes.Where(static r => r.Split is not null).SelectMany(static r => r.Split!.Arms.Select(a => ArmKey(r.Name, a.Name)))).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _routes.Keys.Where(n => !routes.Contains(n)).ToList()) _routes.Remove(name);
        var mirrors = current.Mirrors.Select(static m => (m.Route, m.Cluster)).ToHashSet();
        foreach (var name in _mirrors.Keys.Where(n => !mirrors.Contains(n)).ToList()) _mirrors.Remove(name);
        foreach (var name in _clusters.Keys.Where(n => !current.Clusters.ContainsKey(n)).ToList()) _clusters.Remove(name);
        // A cluster of that name would be another one.
        foreach (var (key, _) in _departed.Where(e => !current.Clusters.ContainsKey(e.Value.Cluster)).ToList()) _departed.Remove(key);
        foreach (var identity in _policies.Keys.Where(i => !policies.Contains(i)).ToList()) _policies.Remove(identity);
        var used = current.Clusters.Values.SelectMany(static c => c.Endpoints).Select(static e => e.State).ToHashSet();
        var gone = _endpoints.Where(e => !used.Contains(e.Value)).ToList();
        foreach (var (key, state) in gone)
        {
            state.Removed = true;
            _endpoints.Remove(key);
        }

        return [.. gone.Select(static e => e.Value)];
    }

    /// <summary>These left while the configuration stayed. They may come back as the same.</summary>
    public void Leave(HashSet<EndpointState> left)
    {
        foreach (var (key, state) in _endpoints.Where(e => left.Contains(e.Value)).ToList())
        {
            state.Removed = true;
            _endpoints.Remove(key);
            if (_departed.Count >= MostDeparted) _departed.RemoveAt(0);
            _departed[key] = state;
        }
    }

    // What is known of its health is of another life.
    private static EndpointState Return(EndpointState state)
    {
        (state.Removed, state.Unhealthy, state.Ejected) = (false, false, false);
        state.Succeeded();
        return state;
    }

    // No name of a route has a line end.
    private static string ArmKey(string route, string arm) => $"{route}\n{arm}";

    private sealed record KeptPolicy(string Digest, Policy Policy, PolicyState State);
}
