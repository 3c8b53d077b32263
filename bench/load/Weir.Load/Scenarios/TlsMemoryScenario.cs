using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>What each of many idle TLS connections, which made one request, takes of memory.</summary>
internal sealed class TlsMemoryScenario() : Scenario("tls-memory", "Memory of 5,000 idle TLS connections")
{
    private const int Connections = 5000;

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Nginx, PeerCatalog.Haproxy, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        int connections = rig.Options.Smoke ? 50 : Connections;
        var rows = new List<Row>();
        var notes = new List<string>();
        foreach (Peer peer in peers)
        {
            rig.Progress.Step(Name, peer.Name);
            rows.Add(MemoryScenario.Measure(rig, new Entrant(peer.Name, peer) { Tls = true }, connections, notes));
            rig.Progress.Done($"{rows[^1].Values["each"]:0.0} KiB each");
        }

        Row? nginx = rows.Find(r => r.Entrant == PeerCatalog.Nginx);
        Row? weir = rows.Find(r => r.Entrant == PeerCatalog.Weir);
        return new ScenarioResult(Name, Title, "PSS of all processes of a peer; each connection made one handshake and one request", MemoryScenario.Columns, rows)
        {
            Notes = notes,
            Bars = nginx is null || weir is null ? [] : [Bar.OfValue("KiB per connection, 1.1 × NGINX's and 2 KiB at most", weir.Values["each"], (1.1 * nginx.Values["each"]) + 2)],
        };
    }
}
