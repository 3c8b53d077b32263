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
    public static PeerLine Of(Peer peer) => new(peer.Name, peer.Version, Place(peer.Binary), peer.Setup);

    // Where a repository lies is nobody's business.
    private static string Place(string binary) =>
        binary.StartsWith(Environment.CurrentDirectory + "/", StringComparison.Ordinal) ? Path.GetRelativePath(Environment.CurrentDirectory, binary) : binary;
}
