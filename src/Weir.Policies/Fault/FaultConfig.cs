using Weir.Sdk.Configuration;

namespace Weir.Policies.Fault;

/// <summary>Makes a share of the requests slow, or fail, to see what that does to whoever depends on them.</summary>
public sealed record FaultConfig
{
    /// <summary>Lets a share of the requests wait. Default none.</summary>
    public FaultDelayConfig? Delay { get; init; }

    /// <summary>Answers a share of the requests with an error, instead of the action. Drawn apart from the delay, and after it. Default none.</summary>
    public FaultAbortConfig? Abort { get; init; }

    /// <summary>The same requests in the same order meet the same faults. Default: by lot.</summary>
    public int? Seed { get; init; }
}

/// <summary>A share of requests that wait.</summary>
public sealed record FaultDelayConfig
{
    /// <summary>The part of the requests, 0 to 100%; such as 0.5% too. Default 100%.</summary>
    [Bounds(0, 100)]
    public Percent Share { get; init; } = new(100);

    /// <summary>How long. 0 to 60s; no default.</summary>
    [Bounds(0, 60_000)]
    [Required]
    public TimeSpan Time { get; init; }
}

/// <summary>A share of requests that fail.</summary>
public sealed record FaultAbortConfig
{
    /// <summary>The part of the requests, 0 to 100%; such as 0.5% too. Default 100%.</summary>
    [Bounds(0, 100)]
    public Percent Share { get; init; } = new(100);

    /// <summary>The status that is answered, 400 to 599. Default 503.</summary>
    [Bounds(400, 599)]
    public int Status { get; init; } = 503;
}
