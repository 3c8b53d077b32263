using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir drain ENDPOINT…</c> takes endpoints out; <c>weir drain --all</c> asks the running Weir to finish what it has and stop, as SIGTERM does.</summary>
internal static class DrainCommand
{
    public static Command Make(Terminal terminal)
    {
        var endpoints = new Argument<string[]>("endpoint") { Description = "URLs as configured, or host:port.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Drain all of this weir: it finishes what is in flight and stops." };
        var evict = new Option<bool>("--evict") { Description = "Clients that a cookie keeps there move on too." };
        var wait = new Option<string?>("--wait") { Description = "Return when nothing is in flight there, or after so long with exit code 1.", HelpName = "time", Arity = ArgumentArity.ZeroOrOne };
        var (common, which) = (new OverlayCommand(terminal), new EndpointOptions());
        return new ControlOptions(terminal).Make("drain", "Have the running weir send endpoints nothing new, until --undo or for a time; with --all, have it finish what is in flight, then stop.", [endpoints, .. which.All, evict, wait, common.For, common.Undo, all], async (client, json, parsed) =>
        {
            var (named, undo) = (parsed.GetValue(endpoints) ?? [], parsed.GetValue(common.Undo));
            if (parsed.GetValue(all))
            {
                // Never to be taken for a wish to stop.
                return named.Length > 0 || which.AreGiven(parsed) || undo || parsed.GetValue(evict) || parsed.GetResult(wait) is not null || parsed.GetValue(common.For) is not null
                    ? common.Complain("--all drains this weir and stops it, and goes with nothing else")
                    : await StopAsync(terminal, client, json);
            }

            if (which.Target(parsed, named) is not { } target) return common.Complain("either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority; --all alone drains this weir and stops it");
            if (undo && (parsed.GetValue(evict) || parsed.GetResult(wait) is not null)) return common.Complain("--evict and --wait are for a drain, not for taking it back");
            if (EndpointWait.Parse(parsed.GetResult(wait) is not null, parsed.GetValue(wait), out var patience) is { } problem) return common.Complain(problem);
            var view = await common.AskAsync(client, json, parsed, "drain", target, undo ? null : parsed.GetValue(evict) ? ["evict=true"] : []);
            if (view is not { Done: true } || patience is not { } time) return OverlayCommand.CodeOf(view);
            return await EndpointWait.RunAsync(terminal, client, view.Endpoints ?? [], time);
        });
    }

    private static async Task<int> StopAsync(Terminal terminal, ControlClient client, bool json)
    {
        if (await client.CallAsync(HttpMethod.Post, "/v1/drain", ControlJson.Default.DrainView) is not { } drain) return ExitCodes.CannotRun;
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(drain, ControlJson.Default.DrainView)
            : $"draining; stops within {drain.TimeoutSeconds.ToString(CultureInfo.InvariantCulture)} s");
        return ExitCodes.Done;
    }
}
