using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>
/// A cluster <c>c</c> under steady load, before, during and after a fault. A check takes the shortest time that shows it; where figures are
/// taken (WEIR_SOAK), each part is long enough for them.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    // The first requests of a process that has just started are slow, and count among none of the three.
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(IsLong ? 2 : 0.4);

    private TimeSpan _warm, _calm, _begun, _ended, _stopped;
    private string? _out, _back;

    private FaultRun(WeirProcess weir, int rate, Func<int, string> path, string configuration)
        => (Weir, Load, Configuration) = (weir, new SteadyLoad(weir.Port(), rate, path), configuration);

    public static bool IsLong => Environment.GetEnvironmentVariable("WEIR_SOAK") is not null;

    public WeirProcess Weir { get; }

    public SteadyLoad Load { get; }

    /// <summary>What the operator wrote beside endpoints and route.</summary>
    public string Configuration { get; }

    /// <summary>What was over when the fault began.</summary>
    public Phase Before => new(Load.Samples.Where(s => s.Due >= _warm && s.Due < _calm && s.Due + s.Took < _begun));

    /// <summary>What was under way then belongs to it.</summary>
    public Phase During => new(Load.Samples.Where(s => s.Due + s.Took >= _begun && s.Due < _ended));

    public Phase After => new(Load.Samples.Where(s => s.Due >= _ended && s.Due < _stopped));

    public Phase All => new(Load.Samples);

    /// <summary>Until the log said that the endpoint is out, from when the fault began; and that it is back, from when it ended.</summary>
    public string Out => _out ?? "–";

    public string Back => _back ?? "–";

    /// <summary>Attempts that another one followed, or was made beside.</summary>
    public long Retried { get; private set; }

    /// <summary>What Weir counted, by refusal.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; private set; } = new Dictionary<string, long>();

    /// <summary>Starts it and lets it run undisturbed for a while. <paramref name="cluster"/> and <paramref name="route"/> are what an operator adds to the file.</summary>
    public static async Task<FaultRun> StartAsync(string members, string cluster, string route = "", int rate = 200, Func<int, string>? path = null)
    {
        var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 2
            state: "{folder}/state"
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c{{(route.Length > 0 ? ", " + route : "")}} } }
            clusters: { c: { {{members}}{{(cluster.Length > 0 ? ", " + cluster : "")}} } }
            telemetry: { access-log: off }
            """);
        var run = new FaultRun(weir, rate, path ?? (static _ => "/"), route.Length + cluster.Length == 0 ? "defaults" : route.Length > 0 ? $"`{route}` of the route" : $"`{cluster}`");
        await Task.Delay(Warming);
        run._warm = run.Load.Now;
        await Task.Delay(TimeSpan.FromSeconds(IsLong ? 5 : 0.6));
        run._calm = run.Load.Now;
        return run;
    }

    public static string Endpoints(IEnumerable<string> urls) => $"endpoints: [{string.Join(", ", urls.Select(static u => $"\"{u}\""))}]";

    /// <summary>The fault begins just now.</summary>
    public void Begin() => _begun = _ended = _stopped = Load.Now;

    /// <summary>It goes on, for the shorter time in a check.</summary>
    public Task LastAsync(double seconds, double longer) => Task.Delay(TimeSpan.FromSeconds(IsLong ? longer : seconds));

    /// <summary>The fault is over just now.</summary>
    public void End() => _ended = _stopped = Load.Now;

    public async Task IsOutAsync(string text) => _out = await SaidAsync(text, _begun);

    public async Task IsBackAsync(string text) => _back = await SaidAsync(text, _ended);

    /// <summary>All of it with a fault of one endpoint, which is ejected and comes back.</summary>
    public async Task PassThroughAsync(string url, Func<Task> fault, Func<Task> mend)
    {
        Begin();
        await fault();
        await IsOutAsync($"{url} of c is ejected");
        await LastAsync(0.7, 8);
        await mend();
        End();
        if (IsLong) await IsBackAsync($"{url} of c is back");
        await FinishAsync();
    }

    /// <summary>Some more time after the fault; then no more is sent, and all is counted.</summary>
    public async Task FinishAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(IsLong ? 5 : 0.6));
        _stopped = Load.Now;
        await Load.StopAsync();
        using var control = Weir.Control();
        var metrics = await control.GetStringAsync("/metrics");
        Retried = Sum(metrics, @"^weir_retries_total\{cluster=""c"",reason=""([^""]+)""\} (\d+)").Values.Sum()
            + Sum(metrics, @"^weir_hedges_total\{cluster=""c"",outcome=""([^""]+)""\} (\d+)").Values.Sum();
        Refusals = Sum(metrics, @"^weir_refusals_total\{reason=""([^""]+)""\} (\d+)");
        All.Failed.ShouldNotContain(static s => s.Kind == SampleKind.Wrong);
        Before.Failed.ShouldBeEmpty();
        Weir.Errors.ShouldNotContain(static l => l.Contains("fault", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await Weir.DisposeAsync();
    }

    private static Dictionary<string, long> Sum(string metrics, string pattern)
        => Regex.Matches(metrics, pattern, RegexOptions.Multiline).ToDictionary(static m => m.Groups[1].Value, static m => long.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture)).Where(static p => p.Value > 0).ToDictionary();

    private async Task<string> SaidAsync(string text, TimeSpan since)
    {
        await Weir.WaitForErrorAsync(text);
        return (Load.Now - since).TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";
    }
}
