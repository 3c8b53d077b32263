namespace Weir.Proxy.Model;

/// <summary>Why a session of datagrams was over.</summary>
internal enum SessionEnd : byte
{
    /// <summary>It is no session.</summary>
    None,

    /// <summary>No datagram came in either direction for the listener's time.</summary>
    Idle,

    /// <summary>The answers that were to be expected have come.</summary>
    Answered,

    /// <summary>A reload took its endpoint away.</summary>
    EndpointRemoved,

    /// <summary>A reload took its listener away.</summary>
    ListenerRemoved,

    /// <summary>Weir stopped.</summary>
    Stopped,
}
