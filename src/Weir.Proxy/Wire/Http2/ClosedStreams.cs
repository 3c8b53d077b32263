namespace Weir.Proxy.Wire.Http2;

/// <summary>How a stream ended that is not open any more.</summary>
internal enum StreamEnd : byte
{
    /// <summary>By END_STREAM of both sides, or so long ago that it makes no difference.</summary>
    Complete,

    /// <summary>We sent RST_STREAM: frames of it may still be on their way.</summary>
    ByUs,

    /// <summary>The peer sent RST_STREAM: it knows.</summary>
    ByPeer,
}

/// <summary>The streams of a connection that were reset last. RFC 9113 §5.1 has what may come for them still. LoopState.</summary>
internal sealed class ClosedStreams
{
    private const int Remembered = 256;

    private (int Id, StreamEnd End)[] _ring = [];
    private int _next;

    public void Add(int id, bool byPeer)
    {
        // Most connections never reset one.
        if (_ring.Length == 0) _ring = new (int, StreamEnd)[Remembered];
        _ring[_next++ % Remembered] = (id, byPeer ? StreamEnd.ByPeer : StreamEnd.ByUs);
    }

    public StreamEnd Find(int id)
    {
        foreach (var closed in _ring)
            if (closed.Id == id) return closed.End;
        return StreamEnd.Complete;
    }
}
