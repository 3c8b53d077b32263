using Microsoft.AspNetCore.Http;
using Weir.Proxy.Model;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>
/// The endpoints that a request means: <c>endpoint=</c>, which may be given several times, or one of <c>zone=</c>, <c>label=</c> and <c>priority=</c>; each with
/// <c>cluster=</c> or in all. And what becomes of them.
/// </summary>
internal sealed class AskedEndpoints(Instance instance, IQueryCollection query)
{
    private static readonly string[] Selectors = ["zone", "label", "priority"];

    private readonly string? _cluster = query["cluster"].ToString() is { Length: > 0 } named ? named : null;

    public IReadOnlyList<EndpointTarget> Targets { get; private set; } = [];

    /// <summary>Null when all that is named is there; else why not.</summary>
    public string? Find(OverlayState state)
    {
        if (Selected(out var problem) is { } selector)
        {
            Targets = [selector];
            return problem ?? (MeantEndpoints.Taken(instance.Clusters, Targets).Count > 0 ? null : Nothing(selector));
        }

        return problem ?? FindNamed(state);
    }

    /// <summary>The same of what is to be taken back, of these changes: a selector's are those in the cluster, or in any.</summary>
    public string? FindChanged(OverlayState state, IEnumerable<string> changed)
    {
        if (Selected(out var problem) is not { } selector) return problem ?? FindNamed(state);
        if (problem is not null) return problem;
        var same = changed.Select(static t => EndpointTarget.Parse(t)!.Value).Where(t => t.What == selector.What).ToList();
        Targets = [.. same.Where(t => _cluster is null || t.Cluster == _cluster)];
        if (Targets.Count == 0 && same.Any(static t => t.Cluster is null)) return $"'{selector.What}' was asked for in all clusters, and not in '{_cluster}' alone: leave the cluster out";
        return Targets.Count > 0 || MeantEndpoints.Taken(instance.Clusters, [selector]).Count > 0 ? null : Nothing(selector);
    }

    /// <summary>The endpoints that are there, and clusters that nobody of theirs takes requests in.</summary>
    public OverlayView Show(OverlayView view)
    {
        var taken = MeantEndpoints.Taken(instance.Clusters, Targets);
        return view with { Endpoints = [.. taken.Select(static t => new EndpointNameView(t.Cluster!, t.What))], Warnings = [.. taken.Select(static t => t.Cluster!).Distinct().SelectMany(Empty)] };
    }

    /// <summary>The same, and what of this kind is still changed of them by something else.</summary>
    public OverlayView ShowWithRest(OverlayView view, string kind)
    {
        var shown = Show(view);
        var meant = instance.Clusters.SelectMany(c => c.Endpoints.Where(e => Targets.Any(t => t.Takes(c.Name, e))).Select(e => (c.Name, Endpoint: e))).ToList();
        var still = view.Overlay.Where(o => o.Kind == kind && meant.Any(m => new EndpointTarget(o.Cluster, o.Name).Takes(m.Name, m.Endpoint)));
        return shown with { Warnings = [.. still.Select(static o => $"still in force for endpoints among them: {o.What}"), .. shown.Warnings ?? []] };
    }

    private EndpointTarget? Selected(out string? problem)
    {
        problem = null;
        var given = Selectors.Where(query.ContainsKey).ToList();
        if (given.Count + (query.ContainsKey("endpoint") ? 1 : 0) > 1 || given.Any(s => query[s].Count > 1)) problem = "either endpoints, or one of zone, label and priority";
        if (given.Count == 0) return null;
        var selector = new EndpointTarget(_cluster, $"{given[0]}={query[given[0]]}");
        problem ??= selector.Problem();
        return selector;
    }

    private string? FindNamed(OverlayState state)
    {
        var targets = new List<EndpointTarget>();
        foreach (var endpoint in query["endpoint"])
        {
            var meant = MeantEndpoints.Find(instance.Clusters, state, endpoint ?? "", _cluster);
            if (meant.Count == 0) return $"{Where()} an endpoint '{endpoint}'; weir status lists them";
            targets.AddRange(meant);
        }

        Targets = targets;
        return targets.Count > 0 ? null : "no endpoint is named: ?endpoint=http://host:port";
    }

    private string Nothing(EndpointTarget selector)
    {
        var there = instance.Clusters.Where(c => _cluster is null || c.Name == _cluster).SelectMany(static c => c.Endpoints);
        var known = (selector.What[0] switch
        {
            'z' => there.Select(static e => e.Zone).OfType<string>(),
            'l' => there.SelectMany(static e => e.Labels.Select(static l => $"{l.Key}={l.Value}")),
            _ => there.Select(static e => e.Priority.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        }).Distinct().Order(StringComparer.Ordinal).Take(20).ToList();
        return $"{Where()} an endpoint with {selector.What}{(known.Count == 0 ? "" : $", but {string.Join(", ", known)}")}";
    }

    private string Where() => _cluster is null ? "no cluster has" : $"the cluster '{_cluster}' does not have";

    private IEnumerable<string> Empty(string name)
    {
        var state = instance.Gateway.Current?.Clusters.GetValueOrDefault(name)?.State;
        if (state is null) yield break;
        if (state.All.Set.Open.Length == 0) yield return $"no endpoint of {name} takes requests now";
        else
            foreach (var choice in state.Choices.Values.Where(static c => c.Set is { Known.Length: > 0, Open.Length: 0 }))
                yield return $"no endpoint of {name} labelled {string.Join(", ", choice.Labels.Select(static l => $"{l.Key}={l.Value}"))} takes requests now";
    }
}
