namespace Weir.Proxy.Model;

/// <summary>One loop's counts of a listener's datagrams. LoopState.</summary>
internal sealed class DatagramCounters
{
    /// <summary>From clients, whatever became of them.</summary>
    public long Received;
    public long ReceivedBytes;

    /// <summary>To clients.</summary>
    public long Sent;
    public long SentBytes;

    /// <summary>Not passed on, in either direction; refusals say why.</summary>
    public long Dropped;

    /// <summary>Sessions that were begun.</summary>
    public long Sessions;
}
