using System.Diagnostics;
using System.Text;
using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>
/// A table of 10,000 routes reloaded by SIGHUP several times under an even load: no request may fail, and the slowest one tells how long the proxy stood still.
/// A marker path whose answer changes with each reload shows that it happened.
/// </summary>
internal sealed class ReloadScenario() : Scenario("reload-10k", "Reload of 10,000 routes under load")
{
    private const int Reloads = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700), MostToReload = TimeSpan.FromSeconds(20);

    private static readonly Column[] Columns =
    [
        new("requests", "requests", "0"), new("failures", "failures", "0"), new("reload", "ms to take effect", "0"), new("p99", "p99 µs", "0"),
        new("max", "slowest µs", "0"), new("turns", "turns over 5 ms", "0"), new("pauses", "GC pauses over 10 ms", "0"), new("quiet99", "p99 µs without reload", "0"), new("quietmax", "slowest µs without reload", "0"),
    ];

    public override ScenarioResult? Run(Rig rig)
    {
        Peer[] peers = [.. PeersOf(rig, PeerCatalog.Weir).Where(p => p.Reloads)];
        if (peers.Length == 0)
            return null;
        var rows = new List<Row>();
        var notes = new List<string>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            rows.Add(Measure(rig, new Entrant(peer.Name, peer) { Routes = RouteTableScenario.Routes, Marker = "0", Metrics = true }, notes));
            rig.Progress.Done($"{rows[^1].Values["failures"]:0} failures, slowest {rows[^1].Values["max"]:0} µs");
        }

        return new ScenarioResult(Name, Title, $"{rig.Options.Rate} requests a second over 64 connections, {(rig.Options.Smoke ? 1 : Reloads)} reloads", Columns, rows)
        {
            Notes = notes,
            Bars = [.. rows.Where(r => r.Entrant == PeerCatalog.Weir).SelectMany(r => (Bar[])
            [
                Bar.OfValue("failed requests", r.Values["failures"], 0),
                Bar.OfValue("turns over 5 ms", r.Values["turns"], 0),
                Bar.OfValue("GC pauses over 10 ms", r.Values["pauses"], 0),
            ])],
        };
    }

    private static Row Measure(Rig rig, Entrant entrant, List<string> notes)
    {
        using RunningPeer peer = rig.Start(entrant);
        var load = new RateLoad(rig.Options.Rate, 64, RouteTable.Prefix(RouteTableScenario.Routes / 2) + "item");
        int quietSeconds = rig.Options.Smoke ? 1 : 4;
        LoadResult quiet = Run(rig, load, peer, quietSeconds, () => { });

        double turns = Turns(peer), pauses = Pauses(peer);
        int reloads = rig.Options.Smoke ? 1 : Reloads;
        var times = new List<double>();
        LoadResult loaded = Run(rig, load, peer, (reloads * 2) + 1, () =>
        {
            for (int i = 1; i <= reloads; i++)
            {
                times.Add(Reload(rig, peer, $"{i}").TotalMilliseconds);
                if (rig.Cancel.WaitHandle.WaitOne(Pause))
                    rig.Cancel.ThrowIfCancellationRequested();
            }
        });
        peer.MustLive();
        if (loaded.Problem is not null)
            notes.Add($"{entrant.Label}: {loaded.Problem}");
        return new Row(entrant.Label, new Dictionary<string, double>
        {
            ["requests"] = loaded.Requests,
            ["failures"] = loaded.Failures,
            ["reload"] = Spread.Of(times)!.Median,
            ["p99"] = loaded.P99,
            ["max"] = loaded.Max,
            ["turns"] = Turns(peer) - turns,
            ["pauses"] = Pauses(peer) - pauses,
            ["quiet99"] = quiet.P99,
            ["quietmax"] = quiet.Max,
        });
    }

    // Without pauses for garbage collections, which are counted apart.
    private static double Turns(RunningPeer peer) => peer.CountAbove("weir_loop_turn_seconds", "0.005");

    private static double Pauses(RunningPeer peer) => peer.CountAbove("weir_gc_pause_seconds", "0.01");

    private static LoadResult Run(Rig rig, RateLoad load, RunningPeer peer, int seconds, Action meanwhile)
    {
        using LoadRun run = load.Start(peer.Port, seconds);
        meanwhile();
        return run.Finish(rig.Cancel);
    }

    private static TimeSpan Reload(Rig rig, RunningPeer peer, string marker)
    {
        peer.Reload(marker);
        long began = Stopwatch.GetTimestamp();
        while (!RawHttp.TryGet(peer.Port, PeerSettings.MarkerPath, out Reply reply) || Encoding.ASCII.GetString(reply.Body) != marker)
        {
            peer.MustLive();
            rig.Cancel.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(began) > MostToReload)
                throw new BenchException($"{peer.Label} did not take the new configuration within {MostToReload.TotalSeconds:0} s of SIGHUP");
            Thread.Sleep(2);
        }

        return Stopwatch.GetElapsedTime(began);
    }
}
