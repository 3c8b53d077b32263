using Weir.Config.Records;

namespace Weir.Proxy.Model;

/// <summary>A cluster as compiled. Immutable; what happens to it is in <see cref="State"/>.</summary>
internal sealed class Cluster
{
    public required string Name { get; init; }

    public required BalancerKind Balancer { get; init; }

    public required Endpoint[] Endpoints { get; init; }

    public required ClusterState State { get; init; }

    /// <summary>Positions in round-robin's order over one round of the weights.</summary>
    public required int[] TurnOrder { get; init; }

    /// <summary>Milliseconds, as all timeouts here.</summary>
    public required int ConnectTimeout { get; init; }

    public required int MaxConnections { get; init; }

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

    public required int Weight { get; init; }

    /// <summary>What the endpoint is to a hash: the same in every process, wherever in the cluster it stands.</summary>
    public required ulong Hash { get; init; }

    /// <summary>The largest weight in the cluster.</summary>
    public required int MaxWeight { get; init; }

    public required EndpointState State { get; init; }
}
