namespace Weir.Reactor.Tests.Sockets;

/// <summary>The ways in which a connection ends. The client names one in its first byte, and both sides do their part.</summary>
internal enum Ending : byte
{
    /// <summary>FIN.</summary>
    ClientFin,

    /// <summary>RST while the server waits to read; it says when that is.</summary>
    ClientReset,

    /// <summary>RST at once, most often before the accept. The client names it by silence.</summary>
    ResetBeforeAccept,

    /// <summary>Bytes and FIN together; the server sends them back.</summary>
    DataAndFin,

    /// <summary>The client ends its half; the server answers, then closes.</summary>
    HalfClose,

    /// <summary>The server closes first.</summary>
    ServerClose,

    /// <summary>The server resets.</summary>
    ServerReset,

    /// <summary>The server closes with bytes unread, which the kernel turns into RST.</summary>
    ServerCloseUnread,

    /// <summary>The server's buffer is full, one method waits for room, another closes.</summary>
    CloseWhileWriting,

    /// <summary>The server's buffer is full, it waits for room, and the client resets.</summary>
    ResetWhileWriting,

    /// <summary>The client is silent past the deadline.</summary>
    ReadTimeout,

    /// <summary>Another method calls the wait off.</summary>
    CancelledWait,

    /// <summary>Another method closes under the one that waits.</summary>
    CloseUnderReader,

    /// <summary>The server connects where nothing listens.</summary>
    ConnectRefused,

    /// <summary>The server connects, and closes before that is decided.</summary>
    ConnectAbandoned,

    /// <summary>Bytes go back through a pipe, and some stay in it.</summary>
    SpliceLeftover,

    /// <summary>Off the loop and on again, then closed.</summary>
    Detached,

    /// <summary>How many there are.</summary>
    Count,
}
