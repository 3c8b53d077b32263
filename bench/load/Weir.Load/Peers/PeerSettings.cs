namespace Weir.Load.Peers;

/// <summary>What a scenario asks of a peer's configuration.</summary>
internal sealed record PeerSettings
{
    public required int Port { get; init; }

    public required int OriginPort { get; init; }

    /// <summary>A folder of its own for configuration, logs and pid files.</summary>
    public required string Folder { get; init; }

    /// <summary>TLS 1.3 with this certificate; null for plain HTTP.</summary>
    public Certificate? Tls { get; init; }

    /// <summary>The origin's port for HTTP/2 without TLS, which takes gRPC at <see cref="Origin.GrpcPath"/>.</summary>
    public required int OriginHttp2Port { get; init; }

    /// <summary>HTTP/2 is offered beside HTTP/1.1.</summary>
    public bool Http2 { get; init; }

    /// <summary>Connections are passed on as they are, by peers that can.</summary>
    public bool Stream { get; init; }

    /// <summary>Datagrams that come to <see cref="Port"/> of UDP go to this one; 0 for none.</summary>
    public int UdpOriginPort { get; init; }

    /// <summary>An access log and metrics, as the peer's users run it in production.</summary>
    public bool Logs { get; init; }

    /// <summary>The UDP port of the log's reader, for peers that log to one.</summary>
    public int LogPort { get; init; }

    /// <summary>Routes beside the one that takes every request, as <see cref="RouteTable"/> names them.</summary>
    public int Routes { get; init; }

    /// <summary>Answered at <see cref="MarkerPath"/>, so that a reload can be seen to have happened.</summary>
    public string? Marker { get; init; }

    /// <summary>Where it shows its metrics, for peers that have some (<see cref="Peer.HasMetrics"/>); 0 for nowhere.</summary>
    public int MetricsPort { get; init; }

    public const string MarkerPath = "/weir-load-marker";
}

/// <summary>The paths of a large route table: <c>/r00000/…</c> and on.</summary>
internal static class RouteTable
{
    public static string Prefix(int number) => $"/r{number:00000}/";
}

/// <summary>How a configured peer is started: its command, and the signal on which it stops at once.</summary>
internal sealed record PeerCommand(IReadOnlyList<string> Line, int StopSignal = Native.SigTerm);
