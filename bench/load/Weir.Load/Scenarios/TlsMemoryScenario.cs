using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>What each of many idle TLS connections, which made one request, takes of memory.</summary>
internal sealed class TlsMemoryScenario() : Scenario("tls-memory", "Memory of 5,000 idle TLS connections")
{
    private const int Connections = 5000;

    private static readonly Column[] Columns =
    [
        new("start", "PSS before, MiB", "0.0"), new("idle", "PSS with idle connections, MiB", "0.0"), new("each", "KiB per connection", "0.00"), new("connections", "idle connections", "0"),
    ];

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Nginx, PeerCatalog.Haproxy, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        int connections = rig.Options.Smoke ? 50 : Connections;
        var rows = new List<Row>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            rows.Add(Measure(rig, peer, connections));
            rig.Progress.Done($"{rows[^1].Values["each"]:0.0} KiB each");
        }

        Row? nginx = rows.Find(r => r.Entrant == PeerCatalog.Nginx);
        Row? weir = rows.Find(r => r.Entrant == PeerCatalog.Weir);
        return new ScenarioResult(Name, Title, "PSS of all processes of a peer; each connection made one handshake and one request", Columns, rows)
        {
            Bars = nginx is null || weir is null ? [] : [Bar.OfValue("KiB per connection, 1.1 × NGINX's and 2 KiB at most", weir.Values["each"], (1.1 * nginx.Values["each"]) + 2)],
        };
    }

    private static Row Measure(Rig rig, Peer peer, int connections)
    {
        using RunningPeer running = rig.Start(new Entrant(peer.Name, peer) { Tls = true });
        Settle(rig);
        double start = Memory.PssMiB(running.ProcessGroup);
        using var idle = IdleConnections.OpenSecure(running.Port, Origin.SmallPath, connections, rig.Cancel);
        Settle(rig);
        double held = Memory.PssMiB(running.ProcessGroup);
        int closed = idle.Closed();
        running.MustLive();
        return new Row(peer.Name, new Dictionary<string, double>
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
