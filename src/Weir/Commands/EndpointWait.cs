using System.Diagnostics;
using System.Globalization;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary>Waits until nothing is in flight at endpoints, by what the running Weir tells of them.</summary>
internal static class EndpointWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>How long: null for not at all. The reason when it is no time; null when it is.</summary>
    public static string? Parse(bool wanted, string? text, out TimeSpan? time)
    {
        time = wanted ? Timeout.InfiniteTimeSpan : null;
        if (text is null) return null;
        if (OverlayCommand.TryTime(text, out var length) is { } problem) return $"--wait: {problem} (endpoints come before --wait)";
        time = length;
        return null;
    }

    public static async Task<int> RunAsync(Terminal terminal, ControlClient client, IReadOnlyList<EndpointNameView> endpoints, TimeSpan time)
    {
        var wanted = endpoints.ToHashSet();
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause))
        {
            if (await client.CallAsync(HttpMethod.Get, "/v1/clusters", ControlJson.Default.IReadOnlyListClusterView) is not { } clusters) return ExitCodes.CannotRun;
            var left = clusters.SelectMany(c => c.Endpoints.Where(e => e.Active > 0 && wanted.Contains(new EndpointNameView(c.Name, e.Url))).Select(e => (c.Name, e.Url, e.Active))).ToList();
            Show(terminal, left.Sum(static e => e.Active));
            if (left.Count == 0) return ExitCodes.Done;
            if (time == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(began) < time) continue;
            foreach (var (cluster, url, active) in left) terminal.Complain(string.Create(CultureInfo.InvariantCulture, $"not-empty: {active} in flight at {url} of {cluster}"));
            return ExitCodes.Failed;
        }
    }

    private static void Show(Terminal terminal, int left)
    {
        if (!terminal.IsInteractive) return;
        terminal.Output.Write(string.Create(CultureInfo.InvariantCulture, $"\r{left} in flight\e[K{(left == 0 ? "\n" : "")}"));
        terminal.Output.Flush();
    }
}
