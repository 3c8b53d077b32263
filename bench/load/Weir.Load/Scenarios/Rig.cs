using Weir.Load.Peers;
using Weir.Load.Processes;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>What every scenario works with: the peers, the origin behind them, and a place for files.</summary>
internal sealed record Rig(Options Options, PeerCatalog Peers, Origin Origin, TempFolder Temp, FreePorts Ports, Progress Progress, CancellationToken Cancel)
{
    private int _started;
    private Certificate? _certificate;

    /// <summary>Starts a peer as a scenario wants it.</summary>
    public RunningPeer Start(Entrant entrant, int logPort = 0, int udpOriginPort = 0)
    {
        var settings = new PeerSettings
        {
            Port = Ports.Take(),
            OriginPort = Origin.Port,
            OriginHttp2Port = Origin.Http2Port,
            Http2 = entrant.Http2,
            Folder = Temp.Folder($"{++_started:000}-{entrant.Label}"),
            Logs = entrant.Logs,
            LogPort = logPort,
            UdpOriginPort = udpOriginPort,
            Stream = entrant.Stream,
            Tls = entrant.Tls ? _certificate ??= Certificate.Make(Temp) : null,
            Routes = entrant.Routes,
            Marker = entrant.Marker,
            MetricsPort = entrant.Metrics && entrant.Peer.HasMetrics ? Ports.Take() : 0,
        };
        return RunningPeer.Start(entrant.Label, entrant.Peer, settings, Options.ProxyCpu, Cancel);
    }
}

/// <summary>A peer that takes part in a scenario, and how.</summary>
internal sealed record Entrant(string Label, Peer Peer)
{
    public bool Logs { get; init; }

    public int Routes { get; init; }

    /// <summary>Speaks TLS 1.3.</summary>
    public bool Tls { get; init; }

    /// <summary>Speaks HTTP/2 too.</summary>
    public bool Http2 { get; init; }

    /// <summary>Passes connections on as they are.</summary>
    public bool Stream { get; init; }

    public string? Marker { get; init; }

    /// <summary>Shows its metrics, if it has any.</summary>
    public bool Metrics { get; init; }
}
