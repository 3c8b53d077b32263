using System.Text;
using Microsoft.AspNetCore.Http;
using Weir.Running;

namespace Weir.Control;

/// <summary>One thing that a probe looks at.</summary>
internal readonly record struct ProbeCheck(string Name, bool Passes, string Detail);

/// <summary>
/// /livez, /readyz, /startupz: 200 and "ok", or 503; with <c>?verbose</c> what was looked at, in the form that Kubernetes' own
/// servers use.
/// </summary>
internal static class Probes
{
    // A loop that did not come round for so long serves nobody.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    public static Task<IReadOnlyList<ProbeCheck>> Live(Instance instance) => LoopsAsync(instance);

    public static async Task<IReadOnlyList<ProbeCheck>> Ready(Instance instance)
    {
        var phase = instance.Lifecycle.Phase;
        return
        [
            new("started", phase >= Phase.Ready, phase.ToString().ToLowerInvariant()),
            new("not-draining", phase < Phase.Draining, phase.ToString().ToLowerInvariant()),
            new("config", instance.Gateway.Version > 0, $"version {instance.Gateway.Version}"),
            new("listeners", instance.Gateway.OpenListeners.Count > 0 || instance.Config.Listeners.Count == 0, $"{instance.Gateway.OpenListeners.Count} open"),
            .. await LoopsAsync(instance),
        ];
    }

    public static Task<IReadOnlyList<ProbeCheck>> Started(Instance instance)
        => Task.FromResult<IReadOnlyList<ProbeCheck>>([new("started", instance.Lifecycle.Phase >= Phase.Ready, instance.Lifecycle.Phase.ToString().ToLowerInvariant())]);

    public static async Task<IResult> Answer(Task<IReadOnlyList<ProbeCheck>> probe, HttpRequest request)
    {
        var checks = await probe;
        var passes = checks.All(static c => c.Passes);
        var text = new StringBuilder();
        if (request.Query.ContainsKey("verbose"))
            foreach (var check in checks) text.Append(check.Passes ? "[+]" : "[-]").Append(check.Name).Append(check.Passes ? " ok" : " failed").Append(": ").Append(check.Detail).Append('\n');
        text.Append(passes ? "ok\n" : "failed\n");
        return Results.Text(text.ToString(), "text/plain; charset=utf-8", statusCode: passes ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IReadOnlyList<ProbeCheck>> LoopsAsync(Instance instance)
    {
        var rounds = instance.Gateway.Loops.Select(static l => l.RunAsync(static _ => { })).ToList();
        await Task.WhenAny(Task.WhenAll(rounds), Task.Delay(LongestSilence, instance.Settings.Time));
        var silent = rounds.Count(static r => !r.IsCompleted);
        return [new("loops", silent == 0, silent == 0 ? $"{rounds.Count} turning" : $"{silent} of {rounds.Count} silent")];
    }
}
