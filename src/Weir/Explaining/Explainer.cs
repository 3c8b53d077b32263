using System.Globalization;
using System.Text;
using Weir.Config.Records;
using Weir.Config.Shapes;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Responses;
using Weir.Proxy.Routes;
using Weir.Proxy.Routes.Explaining;

namespace Weir.Explaining;

/// <summary>Answers a question by the compiled configuration. Offline: nothing is sent, policies do not run.</summary>
internal static class Explainer
{
    public static Explanation Explain(Snapshot snapshot, Question question, string listenerName)
    {
        var listener = snapshot.Listeners[listenerName];
        using var x = new OfflineExchange(listener, question.ToHead(), question.Client);
        var blank = new Explanation(question.Method, question.Url.OriginalString, listenerName, x.ClientAddress.ToString(), x.IsPeerTrusted, View(x.Refusal),
            null, null, "refused", null, null, [], [], [], null, null);
        if (!x.IsUnderstood) return blank;
        blank = blank with { Host = Text(x.Request.HostSpan), Path = Text(x.Request.PathSpan) };
        if (x.Refusal != Refusal.None) return blank;

        var match = x.Match();
        var reasons = listener.Table.Explain(x.Input);
        var matched = match.Route >= 0 ? listener.Routes[match.Route] : listener.Unmatched;
        var config = matched.Name.Length > 0 ? snapshot.Config.Routes[matched.Name] : null;
        var isTaken = match.Outcome == RouteOutcome.Matched;
        var arm = isTaken && matched.Split is { } split ? ArmChoice.Of(x, split) : null;
        var route = arm?.Arm.Route ?? matched;
        var refusal = RefusalOf(match.Outcome, route, x);
        var forward = isTaken && refusal == Refusal.None ? route.Forward : null;
        return blank with
        {
            Refusal = View(refusal),
            Outcome = Kebab.Of(match.Outcome),
            Route = route.Name.Length > 0 ? route.Name : null,
            Allow = reasons.Allow.Length > 0 ? reasons.Allow : null,
            Candidates = [.. reasons.Candidates.Select(static c => new CandidateView(c.Route, c.Host, c.Path, c.Verdict == CandidateVerdict.Won, c.Reason))],
            Parameters = [.. x.Parameters.Select(static p => new ParameterView(p.Key, p.Value))],
            Policies = Policies(snapshot.Config, listenerName, config, route, x),
            Action = match.Outcome == RouteOutcome.AutomaticOptions ? "respond 204" : config is null ? null : ActionText.Of(config),
            Split = arm is null ? null : View(matched.Split!, arm),
            Cluster = forward is null ? null : ForwardExplainer.Cluster(x, forward, snapshot.Config.Clusters[forward.Cluster.Name].Discover),
            Criticality = forward is null || route.Criticality == Criticality.Standard ? null : Kebab.Of(route.Criticality),
            Retry = forward is null ? null : ForwardExplainer.Retry(forward.Retry, x.Request),
            Breaker = forward is null ? null : ForwardExplainer.Breaker(forward.Cluster),
            Fallback = forward is null || route.Fallback is not { } fallback ? null : fallback.Forward is { } other ? $"forward {other.Cluster.Name}" : string.Create(CultureInfo.InvariantCulture, $"respond {fallback.Reply!.Status}"),
            Mirror = forward?.Mirror is { } mirror ? new ExplainedMirror(mirror.State.Cluster, mirror.Share * 100.0 / (1UL << 32), mirror.When?.Text, mirror.When?.Evaluate(x)) : null,
        };
    }

    private static Refusal RefusalOf(RouteOutcome outcome, Route route, OfflineExchange x) => outcome switch
    {
        RouteOutcome.NoRoute => Refusal.NoRoute,
        RouteOutcome.MethodNotAllowed => Refusal.MethodNotAllowed,
        RouteOutcome.Matched when route.Maintenance is { } closed && !closed.Allowed.Contains(ForwardingFields.ToIp(x.ClientPeer)) => Refusal.Maintenance,
        _ => x.Request.Framing == BodyFraming.Length && x.Request.ContentLength > route.MaxBody ? Refusal.BodyTooLarge : Refusal.None,
    };

    private static ExplainedSplit View(Split split, ArmChoice arm)
        => new(arm.Arm.Name, arm.Slot, arm.IsDrawn, arm.Why, [.. split.Arms.Select(a => new ExplainedArm(a.Name, Math.Round(100 * ArmChoice.ShareOf(split, a), 2)))]);

    // The chain was compiled from these lists in this order, one step for each use.
    private static List<PolicyView> Policies(WeirConfig config, string listener, RouteConfig? routeConfig, Route route, OfflineExchange x)
    {
        var inherits = routeConfig?.Inherit ?? true;
        var sources = new List<string>();
        if (inherits) sources.AddRange(config.Listeners[listener].Policies.Select(static _ => "listener"));
        if (inherits) sources.AddRange(config.Defaults.Policies.Select(static _ => "defaults"));
        if (routeConfig is not null) sources.AddRange(routeConfig.Policies.Select(static _ => "route"));
        return [.. route.Chain.Steps.Select((step, i) => new PolicyView(
            step.Name, step.State.Kind, i < sources.Count ? sources[i] : route.Arm.Length > 0 ? $"arm {route.Arm}" : "route", step.When?.Text, step.When?.Evaluate(x), step.Shadow))];
    }

    private static RefusalView? View(Refusal refusal)
    {
        if (refusal == Refusal.None) return null;
        var meaning = RefusalTable.Of(refusal);
        return new RefusalView(RefusalTable.NameOf(refusal), meaning.Status, meaning.Title, meaning.Closes);
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
