using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Load.Processes;

namespace Weir.Load.Loads;

/// <summary>h2load with one thread: HTTP/2 over TLS, as many requests as the proxy can answer. It tells no percentiles.</summary>
internal sealed partial record H2Load(int Cpu, int Connections, int Streams, string Path) : LoadShape
{
    /// <summary>A file that is sent with each request, as a message of gRPC; null for GET.</summary>
    public string? Message { get; init; }

    /// <summary>A file that is posted with each request; null for GET.</summary>
    public string? Body { get; init; }

    public override string Description =>
        $"h2load with TLS, {Connections} connections × {Streams} streams" + (Message is null ? "" : ", a gRPC message of 5 bytes each") + (Body is null ? "" : ", a body posted with each");

    public override LoadRun Start(int port, int seconds)
    {
        List<string> line = [Tools.H2Load, "-t1", $"-c{Connections}", $"-m{Streams}", $"-D{seconds}", "--connection-inactivity-timeout=10"];
        if (Message is not null)
            line.AddRange(["-d", Message, "-H", "content-type: application/grpc", "-H", "te: trailers"]);
        if (Body is not null)
            line.AddRange(["-d", Body]);
        line.Add($"https://127.0.0.1:{port}{Path}");
        return new Run(ChildProcess.Start(Cpu, line), seconds);
    }

    /// <exception cref="BenchException">The text is not h2load's.</exception>
    public static LoadResult Parse(string text)
    {
        Match requests = RequestLine().Match(text);
        Match statuses = StatusLine().Match(text);
        if (!requests.Success || !statuses.Success)
            throw new BenchException($"h2load said nothing that could be understood: {text.Trim()}");
        long done = Number(requests, 1);
        long failures = Number(requests, 3) + Number(requests, 4) + Number(requests, 5) + Number(statuses, 2) + Number(statuses, 3) + Number(statuses, 4);
        return new LoadResult(done, failures, failures > 0 ? $"{requests.Value}; {statuses.Value}" : null, double.NaN, double.NaN, double.NaN);
    }

    private static long Number(Match match, int group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex StatusLine();

    private sealed class Run(ChildProcess process, int seconds) : LoadRun
    {
        public override LoadResult Finish(CancellationToken cancel)
        {
            process.WaitForExit(TimeSpan.FromSeconds(seconds + 20), cancel);
            return process.ExitCode == 0 ? Parse(process.Output) : throw new BenchException($"h2load failed: {process.Errors.Trim()} {process.Output.Trim()}");
        }

        public override void Dispose() => process.Dispose();
    }
}
