using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>Time from the start of the program to its first answered request.</summary>
internal sealed class StartScenario() : Scenario("start", "Time from start to the first response")
{
    private const double LimitMilliseconds = 1000;

    private static readonly Column[] Columns = [new("median", "ms", "0"), new("min", "min", "0"), new("max", "max", "0"), new("starts", "starts", "0")];

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Nginx, PeerCatalog.Haproxy, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        int starts = rig.Options.Smoke ? 1 : 5;
        var rows = new List<Row>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            var times = new List<double>();
            for (int i = 0; i < starts; i++)
            {
                using RunningPeer running = rig.Start(new Entrant(peer.Name, peer));
                times.Add(running.TimeToFirstResponse.TotalMilliseconds);
            }

            Spread spread = Spread.Of(times)!;
            rig.Progress.Done($"{spread.Median:0} ms");
            rows.Add(new Row(peer.Name, new Dictionary<string, double>
            {
                ["median"] = spread.Median,
                ["min"] = spread.Min,
                ["max"] = spread.Max,
                ["starts"] = starts,
            }));
        }

        return new ScenarioResult(Name, Title, "one request after another until one is answered with 200", Columns, rows)
        {
            Bars = [.. rows.Where(r => r.Entrant == PeerCatalog.Weir)
                .Select(r => Bar.OfValue("ms from start to the first response", r.Values["median"], LimitMilliseconds))],
        };
    }
}
