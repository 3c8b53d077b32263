using Weir.Load.Peers;

namespace Weir.Load.Report;

/// <summary>A whole run, as the result files hold it.</summary>
internal sealed record RunReport(Machine Machine, RunSettings Settings, IReadOnlyList<PeerLine> Peers, IReadOnlyList<string> Missing, IReadOnlyList<ScenarioResult> Scenarios);

internal sealed record RunSettings(int Rounds, int Seconds, int WarmUp, string Subject, int ProxyCpu, int LoadCpu, bool Smoke)
{
    public static RunSettings Of(Options o) => new(o.Rounds, o.Seconds, o.WarmUp, o.Subject, o.ProxyCpu, o.LoadCpu, o.Smoke);
}

internal sealed record PeerLine(string Name, string Version, string Binary, string Setup)
{
    // Where a repository lies is nobody's business.
    public static PeerLine Of(Peer peer, string root) =>
        new(peer.Name, peer.Version, peer.Binary.StartsWith(root + "/", StringComparison.Ordinal) ? peer.Binary[(root.Length + 1)..] : peer.Binary, peer.Setup);
}
