using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>CPU time per request of several peers under one load, in rounds: A B C, C B A, B C A, A C B, …</summary>
internal class CpuScenario(string name, string title, Func<Rig, LoadShape> load, string path) : Scenario(name, title)
{
    private static readonly Column[] Columns =
    [
        new("cpu", "µs CPU/request", "0.00"), new("min", "min", "0.00"), new("max", "max", "0.00"), new("user", "user", "0.0"), new("system", "system", "0.0"),
        new("rate", "req/s", "0"), new("busy", "CPU busy %", "0"), new("p50", "p50 µs", "0"), new("p99", "p99 µs", "0"), new("rounds", "rounds", "0"),
    ];

    /// <summary>Who takes part beside the subject.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [PeerCatalog.Nginx, PeerCatalog.Haproxy];

    /// <summary>Of these, the one that costs least is the subject's bar.</summary>
    public IReadOnlyList<string> Rivals { get; init; } = [PeerCatalog.Nginx];

    public double? Limit { get; init; }

    public double? Aim { get; init; }

    public bool Logs { get; init; }

    public bool Tls { get; init; }

    public bool Http2 { get; init; }

    /// <summary>The peers pass TCP connections on as they are: there are no fields to be fair about.</summary>
    public bool Stream { get; init; }

    /// <summary>Datagrams of UDP, each answered with itself.</summary>
    public bool Datagrams { get; init; }

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Entrant> entrants = Entrants(rig);
        if (entrants.Count == 0)
            return null;
        using UdpEcho? echo = Datagrams ? UdpEcho.Open() : null;
        using UdpSink? sink = Logs ? UdpSink.Open() : null;
        var running = new List<RunningPeer>();
        try
        {
            var notes = new List<string>();
            var unequal = new HashSet<string>();
            foreach (Entrant entrant in entrants)
            {
                rig.Progress.Step(Name, $"start {entrant.Label}");
                running.Add(rig.Start(entrant, sink?.Port ?? 0, echo?.Port ?? 0));
                if (Fairness.Check(running[^1], rig.Origin, path, Stream) is not { } note)
                    continue;
                notes.Add(note);
                unequal.Add(entrant.Label);
            }

            return Measure(rig, echo is null ? rig.Origin : echo, running, notes, unequal);
        }
        finally
        {
            running.ForEach(p => p.Dispose());
        }
    }

    protected virtual IReadOnlyList<Entrant> Entrants(Rig rig) => [.. PeersOf(rig, Peers).Select(p => new Entrant(p.Name, p) { Logs = Logs, Tls = Tls, Http2 = Http2, Stream = Stream })];

    /// <summary>The label of the entrant whose ratio to the others is taken.</summary>
    protected virtual string Subject(Options options) => options.Subject;

    private ScenarioResult Measure(Rig rig, IRequestCount origin, List<RunningPeer> running, List<string> notes, HashSet<string> unequal)
    {
        Options options = rig.Options;
        LoadShape shape = load(rig);
        var sampler = new Sampler(origin, rig.Cancel);
        if (options.WarmUp > 0)
        {
            foreach (RunningPeer peer in running)
            {
                rig.Progress.Step(Name, $"warm up {peer.Label}");
                sampler.Take(peer, shape, 0, options.WarmUp);
            }
        }

        var samples = running.ToDictionary(p => p.Label, _ => new List<Sample>());
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (RunningPeer peer in Order(running, round))
            {
                rig.Progress.Step(Name, $"round {round}/{options.Rounds}  {peer.Label}");
                Sample sample = sampler.Take(peer, shape, round, options.Seconds);
                samples[peer.Label].Add(sample);
                rig.Progress.Done($"{sample.Cpu,8:0.00} µs CPU/request  {sample.PerSecond,7:0} req/s" + (sample.Invalid is null ? "" : $"  INVALID: {sample.Invalid}"));
                if (sample.Invalid is not null)
                    notes.Add($"round {round} of {peer.Label} does not count: {sample.Invalid}");
            }
        }

        var rows = running.Select(p => RowOf(p.Label, samples[p.Label])).ToList();
        var ratios = Ratio.AllOf(Subject(options), samples);
        return new ScenarioResult(Name, Title, $"{shape.Description}; {options.Rounds} round(s) of {options.Seconds} s", Columns, rows)
        {
            Ratios = ratios,
            Bars = BarsOf(rows, ratios, unequal),
            Notes = notes,
            Invalid = samples.Values.Sum(s => s.Count(x => x.Invalid is not null)),
        };
    }

    /// <summary>Each pair of rounds goes there and back; each pair begins with another peer.</summary>
    private static IEnumerable<RunningPeer> Order(List<RunningPeer> peers, int round)
    {
        int first = (round - 1) / 2 % peers.Count;
        IEnumerable<RunningPeer> order = peers.Skip(first).Concat(peers.Take(first));
        return round % 2 == 1 ? order : order.Reverse();
    }

    private static Row RowOf(string label, List<Sample> samples)
    {
        Sample[] valid = [.. samples.Where(s => s.Invalid is null)];
        Spread? cpu = Spread.Of(valid.Select(s => s.Cpu));
        double Middle(Func<Sample, double> of) => Spread.Of(valid.Select(of))?.Median ?? double.NaN;
        var values = new Dictionary<string, double>
        {
            ["cpu"] = cpu?.Median ?? double.NaN,
            ["min"] = cpu?.Min ?? double.NaN,
            ["max"] = cpu?.Max ?? double.NaN,
            ["user"] = Middle(s => s.User),
            ["system"] = Middle(s => s.System),
            ["rate"] = Middle(s => s.PerSecond),
            ["busy"] = Middle(s => s.Busy) * 100,
            ["p50"] = Middle(s => s.P50),
            ["p99"] = Middle(s => s.P99),
            ["rounds"] = valid.Length,
        };
        return new Row(label, values) { Samples = samples };
    }

    private IReadOnlyList<Bar> BarsOf(List<Row> rows, IReadOnlyList<Ratio> ratios, HashSet<string> unequal)
    {
        if (Limit is not { } limit)
            return [];
        IEnumerable<Row> rivals = rows.Where(r => Rivals.Contains(r.Entrant)).OrderBy(r => r.Values["cpu"]);
        Ratio? ratio = rivals.Select(r => ratios.FirstOrDefault(x => x.Other == r.Entrant)).FirstOrDefault(x => x is not null);
        if (ratio is null)
            return [];
        string best = Rivals.Count > 1 ? ", which costs least" : "";
        Bar bar = Bar.OfRatio($"CPU per request, {ratio.Subject} to {ratio.Other}{best}", ratio.Spread, limit, Aim);
        return [unequal.Contains(ratio.Subject) || unequal.Contains(ratio.Other) ? bar with { Verdict = Verdict.NotJudged } : bar];
    }
}
