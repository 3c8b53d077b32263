using System.Collections.Frozen;
using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>
/// Everything of one configuration version, immutable. An exchange takes the current snapshot once, at its start, and keeps it to its
/// end; <see cref="Use"/> tells when the last one is done, so that policies can be disposed.
/// </summary>
internal sealed class Snapshot
{
    public required long Version { get; init; }

    /// <summary>Of the whole and of every named object: what the next version is compared with.</summary>
    public required ConfigDigests Digests { get; init; }

    public required WeirConfig Config { get; init; }

    public required FrozenDictionary<string, Listener> Listeners { get; init; }

    public required Route[] Routes { get; init; }

    /// <summary>The counters of all mirrors.</summary>
    public IEnumerable<MirrorState> Mirrors
        => Routes.SelectMany(static r => r.Split?.Arms.Select(static a => a.Route) ?? [r]).Select(static r => r.Forward?.Mirror?.State).OfType<MirrorState>().Distinct();

    public required FrozenDictionary<string, Cluster> Clusters { get; init; }

    /// <summary>Policies that were made for this version; those kept from the one before are in its list too.</summary>
    public required IReadOnlyList<Policy> Policies { get; init; }

    public required SnapshotUse Use { get; init; }

    /// <summary>Durations and bytes are counted per route.</summary>
    public required bool CountsMetrics { get; init; }
}

/// <summary>
/// Exchanges that are on a snapshot, counted per loop without atomics. LoopState: each loop writes its own slot, and the control plane
/// looks after it published the next snapshot, by a post to each loop.
/// </summary>
internal sealed class SnapshotUse(int loops)
{
    // One cache line each.
    private const int Stride = 16;

    private readonly int[] _counts = new int[(loops + 1) * Stride];

    public void Enter(int loop) => _counts[(loop + 1) * Stride]++;

    public void Leave(int loop) => _counts[(loop + 1) * Stride]--;

    /// <summary>On the loop: none of its exchanges is on this snapshot.</summary>
    public bool IsIdle(int loop) => _counts[(loop + 1) * Stride] == 0;
}
