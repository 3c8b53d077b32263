using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>Proportional set size after the start, and with many idle keep-alive connections that each made one request.</summary>
internal sealed class MemoryScenario() : Scenario("memory", "Memory at start and with 10,000 idle connections")
{
    private const int Connections = 10_000;
    private const double StartLimit = 80, IdleLimit = 120;

    internal static readonly Column[] Columns =
    [
        new("start", "PSS at start, MiB", "0.0"), new("idle", "PSS with idle connections, MiB", "0.0"),
        new("each", "KiB per connection", "0.00"), new("connections", "idle connections", "0"),
    ];

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Nginx, PeerCatalog.Haproxy, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        int connections = rig.Options.Smoke ? 200 : Connections;
        var notes = new List<string>();
        var rows = new List<Row>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            Row row = Measure(rig, new Entrant(peer.Name, peer), connections, notes);
            rows.Add(row);
            rig.Progress.Done($"{row.Values["start"]:0.0} MiB, then {row.Values["idle"]:0.0} MiB");
        }

        return new ScenarioResult(Name, Title, $"PSS of all processes of a peer; each connection made one request", Columns, rows)
        {
            Notes = notes,
            Bars = [.. rows.Where(r => r.Entrant == PeerCatalog.Weir).SelectMany(r => (Bar[])[
                Bar.OfValue("PSS at start, MiB", r.Values["start"], StartLimit),
                Bar.OfValue($"PSS with {connections} idle connections, MiB", r.Values["idle"], IdleLimit)])],
        };
    }

    /// <summary>Starts an entrant and holds so many idle connections to it.</summary>
    internal static Row Measure(Rig rig, Entrant entrant, int connections, List<string> notes)
    {
        using RunningPeer peer = rig.Start(entrant);
        Settle(rig);
        double start = Memory.PssMiB(peer.ProcessGroup);
        using var idle = IdleConnections.Open(peer.Port, peer.IsSecure, Origin.SmallPath, connections, rig.Cancel);
        Settle(rig);
        double held = Memory.PssMiB(peer.ProcessGroup);
        int closed = idle.Closed();
        if (closed > 0)
            notes.Add($"{entrant.Label} closed {closed} of {connections} connections while they were to idle");
        peer.MustLive();
        return new Row(entrant.Label, new Dictionary<string, double>
        {
            ["start"] = start,
            ["idle"] = held,
            ["each"] = (held - start) * 1024 / connections,
            ["connections"] = connections - closed,
        });
    }

    private static void Settle(Rig rig)
    {
        if (rig.Cancel.WaitHandle.WaitOne(rig.Options.Smoke ? 200 : 2000))
            rig.Cancel.ThrowIfCancellationRequested();
    }
}
