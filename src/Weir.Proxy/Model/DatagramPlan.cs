namespace Weir.Proxy.Model;

/// <summary>Where a listener's datagrams go and what a session of them may be, as compiled. Immutable.</summary>
internal sealed class DatagramPlan
{
    public required Cluster Cluster { get; init; }

    /// <summary>Milliseconds without a datagram in either direction.</summary>
    public required int IdleTimeout { get; init; }

    /// <summary>Of a client in one session; 0 for no limit.</summary>
    public required int RequestsPerSession { get; init; }

    /// <summary>0 where it is not known.</summary>
    public required int ResponsesPerRequest { get; init; }
}
