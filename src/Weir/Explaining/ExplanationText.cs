using System.Globalization;
using Weir.Output;

namespace Weir.Explaining;

/// <summary>An explanation for people.</summary>
internal static class ExplanationText
{
    // Candidates whose host or path does not fit are many in a large configuration and say little.
    private const int MostOthers = 10;

    public static void Write(Explanation x, Terminal terminal)
    {
        var output = terminal.Output;
        output.WriteLine($"{terminal.Bold("request")}   {x.Method} {x.Url}");
        output.WriteLine($"{terminal.Bold("listener")}  {x.Listener}, client {x.Client}{(x.PeerTrusted ? " (told by a trusted proxy)" : "")}");
        if (x.Path is not null) output.WriteLine($"{terminal.Bold("matched")}   host {(x.Host!.Length == 0 ? "(none)" : x.Host)}, path {x.Path}");
        Candidates(x, terminal);
        if (x.Parameters.Count > 0) output.WriteLine($"{terminal.Bold("captured")}  {string.Join(", ", x.Parameters.Select(static p => $"{p.Name} = {p.Value}"))}");
        Policies(x, terminal);
        if (x.Refusal is { } refusal)
        {
            var answer = refusal.Status > 0 ? refusal.Status.ToString(CultureInfo.InvariantCulture) : "no answer";
            output.WriteLine($"{terminal.Bold("refused")}   {terminal.Bad(refusal.Name)}: {answer}, {refusal.Title}{(x.Allow is null ? "" : $" Allow: {x.Allow}")}{(refusal.ClosesConnection ? " The connection is closed." : "")}");
        }
        else
        {
            output.WriteLine($"{terminal.Bold("action")}    {x.Action}{(x.Route is null ? "" : $" ({terminal.Good(x.Route)})")}{(x.Allow is null ? "" : $", Allow: {x.Allow}")}");
        }

        if (x.Mirror is { } mirror)
        {
            var when = mirror.When is null ? "" : $", when {mirror.When}: {(mirror.Holds == true ? "copied" : "not copied")}";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{terminal.Bold("mirror")}    {mirror.Cluster}, {mirror.Share:0.##} %{when}"));
        }

        if (x.Cluster is not { } cluster) return;
        output.WriteLine($"{terminal.Bold("cluster")}   {cluster.Name}, {cluster.Balancer}");
        foreach (var endpoint in cluster.Endpoints)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {endpoint.Url}  weight {endpoint.Weight}  {endpoint.Share:0.#} %{(endpoint.State is null ? "" : "  " + endpoint.State)}{(endpoint.Reason is null ? "" : $" ({endpoint.Reason})")}"));
    }

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
