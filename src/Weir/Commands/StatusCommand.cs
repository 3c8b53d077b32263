using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir status</c>: how the running Weir is doing.</summary>
internal static class StatusCommand
{
    public static Command Make(Terminal terminal)
        => new ControlOptions(terminal).Make("status", "Show how the running weir is doing.", (client, json) => RunAsync(terminal, client, json));

    private static async Task<int> RunAsync(Terminal terminal, ControlClient client, bool json)
    {
        if (await client.CallAsync(HttpMethod.Get, "/v1/status", ControlJson.Default.StatusView) is not { } status) return ExitCodes.CannotRun;
        var clusters = await client.CallAsync(HttpMethod.Get, "/v1/clusters", ControlJson.Default.IReadOnlyListClusterView) ?? [];
        if (json)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(status with { Clusters = clusters }, ControlJson.Default.StatusView));
            return ExitCodes.Done;
        }

        var output = terminal.Output;
        output.WriteLine($"weir {status.Version}, process {status.Process}: {(status.State == "ready" ? terminal.Good(status.State) : terminal.Bad(status.State))}, up {Duration(TimeSpan.FromSeconds(status.UptimeSeconds))}");
        output.WriteLine($"configuration {status.Config.Version.ToString(CultureInfo.InvariantCulture)} from {status.Config.Path}{LastReload(status.Config.LastReload, terminal)}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{status.Requests} requests, {status.ActiveExchanges} in flight, {status.Loops} loops"));
        output.WriteLine($"state folder {status.StateFolder}");
        foreach (var change in status.Overlay) output.WriteLine("changed at run time: " + change.Text);
        output.WriteLine();
        var listeners = new TextTable("LISTENER", "ADDRESS", "CONNECTIONS", "ACCEPTED");
        foreach (var listener in status.Listeners) listeners.Add(listener.Name, listener.Address, Text(listener.Connections), Text(listener.Accepted));
        listeners.Write(terminal);
        if (clusters.Count > 0) StatusTables.Write(clusters, terminal);
        foreach (var cluster in clusters)
            if (cluster.Discovery is { Error: { } error } found) output.WriteLine(terminal.Bad($"{cluster.Name}: endpoints cannot be found by {found.Source}, the last ones stay: {error}"));
        return ExitCodes.Done;
    }

    private static string LastReload(ReloadView? last, Terminal terminal)
        => last is null || last.Applied ? "" : terminal.Bad($"; the last reload was refused: {(last.Diagnostics.Count > 0 ? last.Diagnostics[0] : "")}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan time) => time switch
    {
        { Days: > 0 } => $"{time.Days}d {time.Hours}h",
        { Hours: > 0 } => $"{time.Hours}h {time.Minutes}m",
        { Minutes: > 0 } => $"{time.Minutes}m {time.Seconds}s",
        _ => $"{time.Seconds}s",
    };
}
