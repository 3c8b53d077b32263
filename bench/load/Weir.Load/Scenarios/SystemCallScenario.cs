using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>System calls per exchange at load; noise cannot touch these.</summary>
internal sealed class SystemCallScenario() : Scenario("syscalls", "System calls per request, small JSON, 64 connections")
{
    // Setting up the connections and ending in mid-request is counted too, spread over all requests.
    private const double SetUp = 0.05;

    private static readonly Column[] Columns =
    [
        new("receive", "receives", "0.000"), new("send", "sends", "0.000"), new("wait", "waits", "0.000"), new("other", "others", "0.000"),
        new("requests", "requests", "0"),
    ];

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Nginx, PeerCatalog.Haproxy, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        var rows = new List<Row>();
        var notes = new List<string>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            Row row = Measure(rig, new Entrant(peer.Name, peer), notes);
            rows.Add(row);
            rig.Progress.Done($"{row.Values["receive"]:0.00} receives, {row.Values["send"]:0.00} sends, {row.Values["wait"]:0.00} waits");
        }

        return new ScenarioResult(Name, Title, $"strace -f -c under wrk; the bars allow {SetUp} for setting up the connections", Columns, rows)
        {
            Notes = notes,
            Bars = [.. rows.Where(r => r.Entrant == PeerCatalog.Weir).SelectMany(r => (Bar[])[
                Bar.OfValue("receives per request", r.Values["receive"], 2 + SetUp),
                Bar.OfValue("sends per request", r.Values["send"], 2 + SetUp),
                Bar.OfValue("waits per request", r.Values["wait"], 1 + SetUp)])],
        };
    }

    private static Row Measure(Rig rig, Entrant entrant, List<string> notes)
    {
        using RunningPeer peer = rig.Start(entrant);
        var load = new WrkLoad(rig.Options.LoadCpu, 64, Origin.SmallPath);
        Finish(rig, load.Start(peer.Port, rig.Options.Smoke ? 1 : 3));

        using var calls = SystemCalls.Attach(peer.ProcessGroup, rig.Options.ProxyCpu, rig.Temp.File($"{entrant.Label}.strace"), rig.Cancel);
        long before = rig.Origin.Count();
        LoadResult result = Finish(rig, load.Start(peer.Port, rig.Options.Smoke ? 1 : 4));
        double requests = rig.Origin.Count() - before - 1;
        IReadOnlyDictionary<string, long> counts = calls.Finish(rig.Cancel);
        peer.MustLive();
        if (result.Problem is not null)
            notes.Add($"{entrant.Label}: {result.Problem}");
        notes.Add($"{entrant.Label}: " + string.Join(", ", counts.OrderByDescending(c => c.Value).Take(8).Select(c => $"{c.Key} {c.Value / requests:0.000}")));

        double Sum(SystemCalls.Kind kind) => counts.Where(c => SystemCalls.KindOf(c.Key) == kind).Sum(c => c.Value) / requests;
        return new Row(entrant.Label, new Dictionary<string, double>
        {
            ["receive"] = Sum(SystemCalls.Kind.Receive),
            ["send"] = Sum(SystemCalls.Kind.Send),
            ["wait"] = Sum(SystemCalls.Kind.Wait),
            ["other"] = Sum(SystemCalls.Kind.Other),
            ["requests"] = requests,
        });
    }

    private static LoadResult Finish(Rig rig, LoadRun run)
    {
        using (run)
            return run.Finish(rig.Cancel);
    }
}
