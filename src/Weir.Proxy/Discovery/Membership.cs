using Weir.Proxy.Model;
using Weir.Proxy.Snapshots;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>What became of a cluster's endpoints when a list was taken up.</summary>
internal sealed record Membership
{
    private static readonly HashSet<EndpointState> Nobody = [];

    /// <summary>URLs that were not there before.</summary>
    public IReadOnlyList<string> Joined { get; private init; } = [];

    /// <summary>URLs that are not there any more.</summary>
    public IReadOnlyList<string> Left { get; private init; } = [];

    public IReadOnlySet<EndpointState> New { get; private init; } = Nobody;

    public HashSet<EndpointState> Gone { get; private init; } = Nobody;

    /// <summary>The cluster has other endpoints, or they say something else.</summary>
    public bool IsOther { get; private init; }

    /// <summary>Why something that was found cannot be an endpoint; null when all can.</summary>
    public string? Refused { get; private init; }

    /// <summary>
    /// Gives a cluster what was found beside what its configuration lists. What says the same as before stays the same; what cannot be an endpoint is left out.
    /// <paramref name="before"/>: the cluster of the configuration before, when this one is new.
    /// </summary>
    public static Membership Take(Cluster cluster, EndpointCompiler compiler, IReadOnlyList<FoundEndpoint> found, Cluster? before = null)
    {
        var known = Found(cluster);
        var taken = cluster.Configured.Select(static e => e.Url).ToHashSet(StringComparer.Ordinal);
        var now = new List<Endpoint>(found.Count);
        string? refused = null;
        var isOther = false;
        foreach (var one in found)
        {
            // One that is listed is as it is listed.
            if (!taken.Add(one.Url)) continue;
            if (known.TryGetValue(one.Url, out var same) && same.Found!.SaysTheSameAs(one))
            {
                now.Add(same);
                continue;
            }

            isOther = true;
            if (compiler.Of(one, out var reason) is { } endpoint) now.Add(endpoint);
            else refused ??= reason;
        }

        if (!isOther && now.Count == known.Count) return new Membership();
        cluster.Endpoints = [.. cluster.Configured, .. now];
        var (states, earlier) = (now.Select(static e => e.State).ToHashSet(), known.Values.Select(static e => e.State).ToHashSet());
        if (before is not null) known = Found(before);
        return new Membership
        {
            Joined = [.. now.Where(e => !known.ContainsKey(e.Url)).Select(static e => e.Url)],
            Left = [.. known.Keys.Where(url => !taken.Contains(url))],
            New = states.Where(s => !earlier.Contains(s)).ToHashSet(),
            Gone = earlier.Where(s => !states.Contains(s)).ToHashSet(),
            IsOther = true,
            Refused = refused,
        };
    }

    private static Dictionary<string, Endpoint> Found(Cluster cluster) => cluster.Endpoints.Where(static e => e.Found is not null).ToDictionary(static e => e.Url, StringComparer.Ordinal);
}
