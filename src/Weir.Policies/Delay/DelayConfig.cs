using Weir.Sdk.Configuration;

namespace Weir.Policies.Delay;

/// <summary>Lets every request wait, to see what a slow system does to its clients.</summary>
[Shorthand(nameof(Duration))]
public sealed record DelayConfig
{
    /// <summary>How long. 0 to 60s; no default. 0 does nothing.</summary>
    [Bounds(0, 60_000)]
    public TimeSpan Duration { get; init; }
}
