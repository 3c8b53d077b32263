using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Load.Processes;

namespace Weir.Load.Loads;

/// <summary>wrk with one thread: as many requests as the proxy can answer.</summary>
internal sealed partial record WrkLoad(int Cpu, int Connections, string Path) : LoadShape
{
    /// <summary>Each request on a connection of its own.</summary>
    public bool Close { get; init; }

    /// <summary>A Lua script that picks the requests.</summary>
    public string? Script { get; init; }

    /// <summary>TLS; wrk does not look at certificates, and does not resume.</summary>
    public bool Secure { get; init; }

    public override string Description =>
        $"wrk{(Secure ? " with TLS" : "")}, {Connections} connections, " + (Close ? "a new one for each request" : "keep-alive") + (Script is null ? "" : ", paths in turn");

    public override LoadRun Start(int port, int seconds)
    {
        List<string> line = [Tools.Wrk, "-t1", $"-c{Connections}", $"-d{seconds}", "--timeout", "10s", "--latency"];
        if (Close)
            line.AddRange(["-H", "Connection: close"]);
        if (Script is not null)
            line.AddRange(["-s", Script]);
        line.Add($"{(Secure ? "https" : "http")}://127.0.0.1:{port}{Path}");
        return new Run(ChildProcess.Start(Cpu, line), seconds);
    }

    /// <exception cref="BenchException">The text is not wrk's.</exception>
    public static LoadResult Parse(string text)
    {
        Match total = TotalLine().Match(text);
        if (!total.Success)
            throw new BenchException($"wrk said nothing that could be understood: {text.Trim()}");

        long failures = 0;
        var problems = new List<string>();
        if (SocketErrorLine().Match(text) is { Success: true } errors)
        {
            failures += Enumerable.Range(1, 4).Sum(i => long.Parse(errors.Groups[i].Value));
            problems.Add(errors.Value.Trim());
        }

        if (StatusLine().Match(text) is { Success: true } statuses)
        {
            failures += long.Parse(statuses.Groups[1].Value);
            problems.Add(statuses.Value.Trim());
        }

        return new LoadResult(
            long.Parse(total.Groups[1].Value),
            failures,
            problems.Count > 0 ? string.Join("; ", problems) : null,
            Microseconds(Percentile(text, "50%")),
            Microseconds(Percentile(text, "99%")),
            Microseconds(LatencyLine().Match(text).Groups[1].Value));
    }

    private static string Percentile(string text, string name) => Regex.Match(text, $@"^\s+{name}\s+(\S+)", RegexOptions.Multiline).Groups[1].Value;

    private static double Microseconds(string value)
    {
        Match parts = Duration().Match(value);
        if (!parts.Success)
            return double.NaN;
        double number = double.Parse(parts.Groups[1].Value, CultureInfo.InvariantCulture);
        return number * parts.Groups[2].Value switch { "us" => 1, "ms" => 1e3, "s" => 1e6, _ => 60e6 };
    }

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex TotalLine();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrorLine();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"^\s+Latency\s+\S+\s+\S+\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex LatencyLine();

    [GeneratedRegex(@"^([\d.]+)(us|ms|s|m)$")]
    private static partial Regex Duration();

    private sealed class Run(ChildProcess process, int seconds) : LoadRun
    {
        public override LoadResult Finish(CancellationToken cancel)
        {
            process.WaitForExit(TimeSpan.FromSeconds(seconds + 20), cancel);
            return process.ExitCode == 0 ? Parse(process.Output) : throw new BenchException($"wrk failed: {process.Errors.Trim()} {process.Output.Trim()}");
        }

        public override void Dispose() => process.Dispose();
    }
}
