using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>One question with a number for an answer.</summary>
internal abstract class Scenario(string name, string title)
{
    public string Name => name;

    public string Title => title;

    /// <returns>Null when no peer that it is about is there.</returns>
    public abstract ScenarioResult? Run(Rig rig);

    /// <summary>Those of the named peers that this machine has and that were asked for; all that were asked for when peers were named.</summary>
    protected static IReadOnlyList<Peer> PeersOf(Rig rig, params IEnumerable<string> names)
    {
        IEnumerable<string> wanted = rig.Options.Peers.Count > 0 ? rig.Options.Peers : names;
        return [.. wanted.Append(rig.Options.Subject).Distinct().Select(rig.Peers.Find).OfType<Peer>()];
    }
}
