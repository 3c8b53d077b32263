using System.Collections.Frozen;
using Weir.Config.Records;
using Weir.Http.Fields;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Model;

/// <summary>A cluster as compiled. Immutable but for <see cref="Endpoints"/>; what happens to it is in <see cref="State"/>.</summary>
internal sealed class Cluster
{
    private Endpoint[] _endpoints = [];

    public required string Name { get; init; }

    public required BalancerKind Balancer { get; init; }

    /// <summary>Those that the file lists.</summary>
    public required Endpoint[] Configured { get; init; }

    /// <summary>Those of the file and those that are found, at the moment; what of them takes requests is in the sets of <see cref="State"/>. One reference, which discovery replaces.</summary>
    public required Endpoint[] Endpoints
    {
        get => Volatile.Read(ref _endpoints);
        set => Volatile.Write(ref _endpoints, value);
    }

    public required ClusterState State { get; init; }

    /// <summary>What <see cref="BalancerKind.Hash"/> goes by.</summary>
    public required HashPlan Hash { get; init; }

    /// <summary>Clients keep their endpoint by a cookie; null where they do not.</summary>
    public StickyPlan? Sticky { get; init; }

    /// <summary>What keeps it from more than it can do; null for nothing.</summary>
    public BreakerPlan? Breaker { get; init; }

    /// <summary>Its balancer looks at how long endpoints take.</summary>
    public bool ComparesTimes => Balancer is BalancerKind.LeastTime or BalancerKind.PowerOfTwo;

    /// <summary>How attempts go is looked at.</summary>
    public bool LearnsFromOutcomes => ComparesTimes || Breaker is not null || Outliers.Latency > 0;

    /// <summary>Requests in flight at one endpoint.</summary>
    public required int MaxEndpointRequests { get; init; }

    /// <summary>Milliseconds in which an endpoint that comes or recovers is given its full share; 0 for at once.</summary>
    public required int SlowStart { get; init; }

    /// <summary>Per cent of endpoints that have to be healthy.</summary>
    public required double PanicThreshold { get; init; }

    /// <summary>How endpoints are asked whether they serve; null when they are not.</summary>
    public ProbePlan? Probe { get; init; }

    public required OutlierPlan Outliers { get; init; }

    /// <summary>Where this Weir is; null when it does not matter.</summary>
    public string? Zone { get; init; }

    /// <summary>Milliseconds, as all timeouts here.</summary>
    public required int ConnectTimeout { get; init; }

    /// <summary>To one endpoint.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>To all of them together.</summary>
    public required int MaxClusterConnections { get; init; }

    public required int MaxIdle { get; init; }

    public required int IdleTimeout { get; init; }

    /// <summary>0 for no limit.</summary>
    public required int MaxLifetime { get; init; }

    public required int MaxQueued { get; init; }

    public required int QueueTimeout { get; init; }

    /// <summary>Its endpoints are asked for nothing but HTTP/2.</summary>
    public required bool IsHttp2Only { get; init; }

    /// <summary>Requests at once on a connection of HTTP/2.</summary>
    public required int MaxStreams { get; init; }

    /// <summary>A connection of HTTP/2 that is in use and says nothing for so long is asked whether it lives; 0 for never.</summary>
    public required int PingInterval { get; init; }

    /// <summary>What is tried again, where the route does not say otherwise.</summary>
    public required RetryRule Retry { get; init; }

    public int MaxAttempts => Retry.Attempts;

    public required int HeaderLimit { get; init; }
}

/// <summary>An endpoint as compiled. Immutable; the same <see cref="State"/> serves as long as cluster and URL stay.</summary>
internal sealed class Endpoint
{
    public required string Url { get; init; }

    /// <summary>The endpoint's own host and port, for Host.</summary>
    public required byte[] Authority { get; init; }

    /// <summary>As configured.</summary>
    public required int OwnWeight { get; init; }

    /// <summary>As it is, an operator's word first.</summary>
    public int Weight => State.Weight is >= 0 and var weight ? weight : OwnWeight;

    /// <summary>Those with a higher number are for when those with lower ones do not suffice.</summary>
    public required int Priority { get; init; }

    public string? Zone { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the endpoint is to a hash: the same in every process, wherever in the cluster it stands.</summary>
    public required ulong Hash { get; init; }

    public required EndpointState State { get; init; }

    /// <summary>What it was made from; null for one that the file lists.</summary>
    public FoundEndpoint? Found { get; init; }
}

/// <summary>
/// What a request is hashed by: the name of a field, in lower case, of a cookie or a parameter. With a ring, no endpoint has more than <c>MaxLoad</c>
/// times its share of the requests in flight; 0 for no bound.
/// </summary>
internal sealed record HashPlan(HashKeySource Source, byte[] Name, KnownField Field, HashTableKind Table, double MaxLoad);

/// <summary>How clients keep their endpoint: the cookie's name, which is <c>IsOwn</c> when the file says it, keys of which the first signs and all are honoured, and what follows the value; <c>Secure</c> is added where the client's connection is.</summary>
internal sealed record StickyPlan(byte[] Name, bool IsOwn, byte[][] Keys, byte[] Attributes);
