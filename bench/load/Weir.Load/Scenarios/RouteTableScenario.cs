using System.Text;
using Weir.Load.Loads;
using Weir.Load.Peers;

namespace Weir.Load.Scenarios;

/// <summary>What a table of 10,000 routes costs: the same peer with one route and with all, asked for all of their paths in turn.</summary>
internal sealed class RouteTableScenario() : CpuScenario("routes-10k", "10,000 routes against one, small JSON", LoadOf, Origin.SmallPath)
{
    public const int Routes = 10_000;

    private const string Many = "-10k";

    public static string Script(Rig rig)
    {
        string file = rig.Temp.File("routes.lua");
        var text = new StringBuilder("local requests, at = {}, 0\ninit = function(args)\n");
        text.Append($"  for i = 0, {Routes - 1} do\n");
        text.Append($"    requests[i + 1] = wrk.format(\"GET\", string.format(\"{RouteTable.Prefix(0).Replace("00000", "%05d", StringComparison.Ordinal)}item\", (i * 7919) % {Routes}))\n");
        text.Append("  end\nend\nrequest = function()\n  at = at % #requests + 1\n  return requests[at]\nend\n");
        File.WriteAllText(file, text.ToString());
        return file;
    }

    protected override IReadOnlyList<Entrant> Entrants(Rig rig) =>
        rig.Peers.Find(rig.Options.Subject) is { Reloads: true } peer
            ? [new Entrant(peer.Name, peer), new Entrant(peer.Name + Many, peer) { Routes = Routes }]
            : [];

    protected override string Subject(Options options) => options.Subject + Many;

    private static WrkLoad LoadOf(Rig rig) => new(rig.Options.LoadCpu, 64, Origin.SmallPath) { Script = Script(rig) };
}
