using System.Globalization;
using Weir.Output;

namespace Weir.Explaining;

/// <summary>An explanation for people.</summary>
internal static class ExplanationText
{
    // Candidates whose host or path does not fit are many in a large configuration and say little.
    private const int MostOthers = 10;

    public const int Column = 10;

    public static void Write(Explanation x, Terminal terminal)
    {
        var output = terminal.Output;
        Line("answer", Answer(x, terminal));
        Line("request", $"{x.Method} {x.Url}");
        Line("listener", $"{x.Listener}, client {x.Client}{(x.PeerTrusted ? " (told by a trusted proxy)" : "")}");
        if (x.Path is not null) Line("matched", $"host {(x.Host!.Length == 0 ? "(none)" : x.Host)}, path {x.Path}");
        Candidates(x, terminal);
        if (x.Parameters.Count > 0) Line("captured", string.Join(", ", x.Parameters.Select(static p => $"{p.Name} = {p.Value}")));
        Policies(x, terminal);
        if (x.Split is { } split) Line("split", $"{terminal.Good(split.Arm)}, {Slot(split)}{split.Why} ({string.Join(", ", split.Arms.Select(static a => $"{a.Name} {Percent(a.Share)}"))})");
        if (x.Refusal is { ClosesConnection: true }) Line("refused", "the connection is closed");
        else if (x.Action is not null) Line("action", x.Action);
        if (x.Allow is not null) Line("allow", x.Allow);
        ForwardText.Write(x, terminal);
        if (x.Mirror is { } mirror) Line("mirror", $"{mirror.Cluster}, {Percent(mirror.Share)}{(mirror.When is null ? "" : $", when {mirror.When}: {(mirror.Holds == true ? "copied" : "not copied")}")}");
        foreach (var change in x.Changes) Line("changed", change.Text);

        void Line(string name, string text) => output.WriteLine($"{terminal.Bold(name.PadRight(Column))}{text}");
    }

    // What whoever asks wants to know first.
    private static string Answer(Explanation x, Terminal terminal)
    {
        if (x.Refusal is { } refusal)
            return $"{terminal.Bad(refusal.Status > 0 ? refusal.Status.ToString(CultureInfo.InvariantCulture) : "no answer")} {terminal.Bad(refusal.Name)}: {refusal.Title}{By(x)}";
        if (x.Cluster is not { } cluster) return $"{terminal.Good(x.Action ?? "")}{By(x)}";
        if (x.Gate is { Refusal: { } name } gate) return $"{terminal.Bad(string.Create(CultureInfo.InvariantCulture, $"{gate.Status} {name}"))}, {gate.Why}{Fallback(x)}{By(x)}";
        return x.Gate is { } held ? $"{terminal.Bad(held.Why)}; then {Choice(x, cluster, terminal)}" : Choice(x, cluster, terminal);
    }

    private static string Choice(Explanation x, ExplainedCluster cluster, Terminal terminal)
    {
        if (cluster.Endpoint is { } endpoint) return $"{terminal.Good(endpoint)} of {cluster.Name}: {cluster.Why}{By(x)}";
        var shares = cluster.Endpoints.Count(static e => e.Share > 0);
        if (shares > 0) return $"one of {shares} endpoints of {terminal.Good(cluster.Name)}: {cluster.Why}{By(x)}";
        if (cluster is { Endpoints.Count: 0, Discovery: { Asked: false } found }) return $"an endpoint of {terminal.Good(cluster.Name)} that {found.Source} finds while weir runs: --live asks the one that does{By(x)}";
        return $"{terminal.Bad("503 no-endpoint")}: no endpoint of {cluster.Name} takes requests{(cluster.Discovery?.Error is { } error ? $", {cluster.Discovery.Source} cannot find them: {error}" : "")}{Fallback(x)}{By(x)}";
    }

    private static string Fallback(Explanation x) => x.Fallback is null ? "" : $"; then the fallback: {x.Fallback}";

    private static string By(Explanation x) => x.Route is null ? "" : $" (route {x.Route}{(x.Split is { } split ? $", arm {split.Arm}" : "")})";

    private static string Slot(ExplainedSplit split) => split.Slot is { } slot ? string.Create(CultureInfo.InvariantCulture, $"slot {slot} of 10000 by ") : "";

    public static string Percent(double share) => share.ToString("0.##", CultureInfo.InvariantCulture) + "%";

    private static void Candidates(Explanation x, Terminal terminal)
    {
        if (x.Candidates.Count == 0) return;
        terminal.Output.WriteLine(terminal.Bold("routes"));
        var shown = x.Candidates.TakeWhile(static c => c.Reason is not ("host" or "path")).ToList();
        var others = x.Candidates.Skip(shown.Count).ToList();
        shown.AddRange(others.Take(MostOthers));
        var width = shown.Max(static c => c.Route.Length);
        foreach (var candidate in shown)
        {
            var mark = candidate.Won ? terminal.Good("→") : " ";
            var reason = candidate.Won ? "" : terminal.Dim(candidate.Reason is "host" or "path" ? $"another {candidate.Reason}" : candidate.Reason);
            terminal.Output.WriteLine($"{mark} {candidate.Route.PadRight(width)}  {candidate.Host}{(candidate.Path.StartsWith('/') ? "" : " ")}{candidate.Path}  {reason}".TrimEnd());
        }

        if (others.Count > MostOthers) terminal.Output.WriteLine(terminal.Dim($"  and {others.Count - MostOthers} more of another host or path"));
    }

    private static void Policies(Explanation x, Terminal terminal)
    {
        if (x.Policies.Count == 0) return;
        terminal.Output.WriteLine(terminal.Bold("policies"));
        foreach (var policy in x.Policies)
        {
            var when = policy.When is null ? "" : $"  when {policy.When}: {(policy.Holds == true ? "runs" : "skipped")}";
            terminal.Output.WriteLine($"  {policy.Kind}  {terminal.Dim($"from {policy.Source}, {policy.Name}")}{when}{(policy.Shadow ? "  shadow" : "")}");
        }
    }
}
