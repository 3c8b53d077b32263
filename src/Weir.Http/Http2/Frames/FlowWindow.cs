using System.Diagnostics;

namespace Weir.Http.Http2.Frames;

/// <summary>How much may be sent on a stream or a connection. Below zero when a setting made it smaller than what is under way. RFC 9113 §6.9.</summary>
public struct FlowWindow(int size)
{
    public int Size { get; private set; } = size;

    /// <summary>How much of it may be sent now.</summary>
    public readonly int Available => Math.Max(Size, 0);

    public void Take(int length)
    {
        Debug.Assert(length >= 0 && length <= Available);
        Size -= length;
    }

    /// <summary>WINDOW_UPDATE. False: past 2^31-1, FLOW_CONTROL_ERROR of the stream or the connection. §6.9.1.</summary>
    public bool TryAdd(int increment) => TrySet((long)Size + increment);

    /// <summary>SETTINGS_INITIAL_WINDOW_SIZE has changed: streams, not the connection. False: FLOW_CONTROL_ERROR of the connection. §6.9.2.</summary>
    public bool TryAdjust(int from, int to) => TrySet((long)Size + to - from);

    private bool TrySet(long size)
    {
        if (size > int.MaxValue) return false;
        Size = (int)size;
        return true;
    }
}

/// <summary>
/// How much a peer may still send, and what it is not yet told to be free again. Updates are sent when half of the window is
/// free, so that they are few and never too late.
/// </summary>
public struct ReceiveWindow(int size)
{
    private readonly int _size = size;
    private int _left = size;
    private int _freed;

    /// <summary>What the peer may still send.</summary>
    public readonly int Left => _left;

    /// <summary>Bytes of a DATA frame, padding too. False: more than was allowed, FLOW_CONTROL_ERROR. §6.9.</summary>
    public bool TryTake(int length)
    {
        if (length > _left) return false;
        _left -= length;
        return true;
    }

    /// <summary>Bytes were passed on, or dropped. What to send as WINDOW_UPDATE now; 0 for nothing yet.</summary>
    public int Free(int length)
    {
        Debug.Assert(length >= 0 && _freed + length <= _size - _left);
        _freed += length;
        if (_freed < (_size + 1) / 2) return 0;
        var increment = _freed;
        _left += increment;
        _freed = 0;
        return increment;
    }
}
