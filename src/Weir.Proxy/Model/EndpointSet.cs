using System.Collections.Frozen;

namespace Weir.Proxy.Model;

/// <summary>
/// The endpoints that a balancer chooses from at one moment, with what makes the choice cheap. Immutable: when an endpoint comes, goes,
/// fails, recovers or gets another weight, a new one is made off the loops and takes its place.
/// </summary>
internal sealed class EndpointSet
{
    private readonly HashSet<EndpointState> _takers = [];

    public static EndpointSet Empty { get; } = new() { Known = [], Open = [], Weights = [] };

    /// <summary>All of them, also those that take no requests now.</summary>
    public required Endpoint[] Known { get; init; }

    /// <summary>Those that take requests.</summary>
    public required Endpoint[] Open
    {
        get;
        init
        {
            field = value;
            States = [.. value.Select(static e => e.State)];
            _takers = [.. States];
        }
    }

    /// <summary>Of <see cref="Open"/>: a pick looks at these alone.</summary>
    public EndpointState[] States { get; private init; } = [];

    /// <summary>The shares of <see cref="Open"/>, after priority, zone and slow start: at least 1.</summary>
    public required int[] Weights { get; init; }

    /// <summary>Positions by weight; null when all weigh the same.</summary>
    public AliasTable? Lots { get; init; }

    /// <summary>Positions in round-robin's order; empty for other balancers.</summary>
    public int[] Turns { get; init; } = [];

    /// <summary>A key's position, by its hash; null for other balancers.</summary>
    public HashTable? Hash { get; init; }

    /// <summary>Endpoints by what clients' cookies say; null where sessions are not kept.</summary>
    public FrozenDictionary<ulong, StickyEntry>? Sticky { get; init; }

    /// <summary>The cookie's name.</summary>
    public byte[] StickyName { get; init; } = [];

    /// <summary>Sound ones without a share, for who has tried all that have one.</summary>
    public Endpoint[] Reserve { get; init; } = [];

    /// <summary>Too few endpoints are healthy to carry the load: unhealthy ones take requests too.</summary>
    public bool IsPanicking { get; init; }

    /// <summary>Requests in flight at one of them: at the limit it is not picked.</summary>
    public int MaxRequests { get; init; } = int.MaxValue;

    public long SumOfWeights { get; init; }

    public double MeanWeight => (double)SumOfWeights / Open.Length;

    /// <summary>Among <see cref="Known"/>; null when it is none of them.</summary>
    public Endpoint? Find(EndpointState state)
    {
        foreach (var endpoint in Known)
            if (endpoint.State == state) return endpoint;
        return null;
    }

    /// <summary>It is one of <see cref="Open"/>.</summary>
    public bool Takes(EndpointState endpoint) => _takers.Contains(endpoint);

    /// <summary>The part of requests that nothing else decides, up to 1.</summary>
    public double ShareOf(Endpoint endpoint) => Array.IndexOf(Open, endpoint) is var at and >= 0 ? Weights[at] / (double)SumOfWeights : 0;
}

/// <summary>An endpoint as a cookie names it: its text under each key, the newest first.</summary>
internal sealed record StickyEntry(Endpoint Endpoint, byte[][] Texts);

/// <summary>
/// Endpoints of a cluster that a route chooses from: all, or those with certain labels. SharedState: one reference, which the control
/// plane replaces.
/// </summary>
internal sealed class EndpointChoice(IReadOnlyDictionary<string, string> labels)
{
    private EndpointSet _set = EndpointSet.Empty;

    public IReadOnlyDictionary<string, string> Labels => labels;

    public EndpointSet Set
    {
        get => Volatile.Read(ref _set);
        set => Volatile.Write(ref _set, value);
    }

    public bool Takes(Endpoint endpoint)
    {
        foreach (var (name, value) in labels)
            if (!endpoint.Labels.TryGetValue(name, out var own) || own != value) return false;
        return true;
    }
}
