using Weir.Config.Records;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>A route as compiled: what is done with what it matches. Immutable; its counters live in <see cref="State"/>.</summary>
internal sealed class Route
{
    public required string Name { get; init; }

    public required PolicyChain Chain { get; init; }

    public required RouteState State { get; init; }

    /// <summary>Its arms take the requests, each a route of its own; then there is neither <see cref="Forward"/> nor <see cref="Reply"/>.</summary>
    public Split? Split { get; init; }

    /// <summary>Of a split's arm, else empty.</summary>
    public string Arm { get; init; } = "";

    /// <summary>The counters of a split's arm, beside those of the route; else null.</summary>
    public RouteState? ArmState { get; init; }

    /// <summary>Null when there is none.</summary>
    public Maintenance? Maintenance { get; init; }

    /// <summary>Otherwise exactly one of <see cref="Forward"/> and <see cref="Reply"/> is there, but for the route of what no route takes.</summary>
    public Forward? Forward { get; init; }

    /// <summary>Respond and redirect are both replies made at load time.</summary>
    public LocalReply? Reply { get; init; }

    /// <summary>How much its requests matter when a cluster has as much as it can do.</summary>
    public Criticality Criticality { get; init; }

    /// <summary>What is done when the forward came to nothing.</summary>
    public Fallback? Fallback { get; init; }

    public int FirstByteTimeout { get; init; } = 60_000;

    public int IdleTimeout { get; init; } = 60_000;

    public int BodyIdleTimeout { get; init; } = 30_000;

    /// <summary>0 for no limit.</summary>
    public int TotalTimeout { get; init; }

    public int TunnelTimeout { get; init; } = 3_600_000;

    /// <summary>Bytes of request body; <see cref="long.MaxValue"/> for no limit.</summary>
    public long MaxBody { get; init; } = 10 * 1024 * 1024;

    /// <summary>Bytes a second; 0 for no limit.</summary>
    public long MinBodyRate { get; init; } = 240;

    /// <summary>Upgraded connections at once; 0 for no limit.</summary>
    public int MaxTunnels { get; init; }

    public PingRules Pings { get; init; }
}

/// <summary>How the peers of a route's WebSockets are asked whether they are there. Times in milliseconds.</summary>
internal readonly record struct PingRules
{
    /// <summary>A peer that said nothing for so long is asked; 0 for never.</summary>
    public int Interval { get; init; }

    /// <summary>So long it may take to say something then.</summary>
    public int Patience { get; init; }

    public bool ToClient { get; init; }

    public bool ToOrigin { get; init; }
}

/// <summary>The forward action.</summary>
internal sealed class Forward
{
    public required Cluster Cluster { get; init; }

    /// <summary>Which of its endpoints.</summary>
    public required EndpointChoice Choice { get; init; }

    public required HostSource Host { get; init; }

    /// <summary>The literal Host, when that is the source.</summary>
    public byte[] HostText { get; init; } = [];

    /// <summary>What clients say in gRPC-Web reaches the cluster as gRPC.</summary>
    public bool TakesGrpcWeb { get; init; }

    /// <summary>The route's own, or the cluster's.</summary>
    public required RetryRule Retry { get; init; }

    /// <summary>Protocols that may be switched to.</summary>
    public required byte[][] Upgrades { get; init; }

    /// <summary>Copies of its requests go elsewhere too; null for none.</summary>
    public Mirror? Mirror { get; init; }

    /// <summary>The same with another rule of what is tried again, and without a mirror.</summary>
    public Forward With(RetryRule retry) => new() { Cluster = Cluster, Choice = Choice, Host = Host, HostText = HostText, TakesGrpcWeb = TakesGrpcWeb, Retry = retry, Upgrades = Upgrades };
}

/// <summary>What stands in for a forward that came to nothing: another one, or a reply. Exactly one.</summary>
internal sealed record Fallback(Forward? Forward, LocalReply? Reply);

/// <summary>Where the Host that origins see comes from.</summary>
internal enum HostSource : byte { Client, Endpoint, Literal }
