using Weir.Http;
using Weir.Http.Http2.Frames;

namespace Weir.Proxy.Wire.Http2;

/// <content>Streams that end before their time, and what still comes for them.</content>
internal abstract partial class Http2Connection
{
    private int _ending;

    /// <summary>Streams that are open: what was reset is closed at once, though its exchange has still to end.</summary>
    protected int Open => _streams.Count - _ending;

    /// <summary>A stream that nobody uses was at fault.</summary>
    protected virtual void OnFault(Refusal reason)
    {
    }

    /// <summary>A stream is over at once; nothing is sent by this.</summary>
    protected void Break(Http2Stream stream, Refusal fault, bool byPeer)
    {
        if (stream.IsReset) return;
        _ending++;
        stream.Break(fault, byPeer);
    }

    // A fault of one stream. Too many of them are one of the connection.
    private Http2Fault Reset(Http2Fault fault)
    {
        // §5.1: what is idle is not reset.
        if (fault.StreamId > HighestStream || (fault.StreamId & 1) == 0) return Http2Fault.Connection(fault.Code, fault.Reason);
        if (!Allows(FloodKind.StreamFault)) return FloodGuard.Fault;
        if (_streams.TryGetValue(fault.StreamId, out var stream) && !stream.IsReset)
        {
            Reset(stream, fault.Code, fault.Reason);
            return default;
        }

        OnFault(fault.Reason);
        WriteReset(fault.StreamId, fault.Code);
        // What follows on it was on its way before the peer knew.
        if (stream is null) _closed.Add(fault.StreamId, byPeer: false);
        return default;
    }

    // §6.8: a stream past the last that we said we serve. More of it is on its way.
    private Http2Fault Ignore(int id)
    {
        _closed.Add(id, byPeer: false);
        return Count(FloodKind.Unknown);
    }

    // It is decoded, which is work; one that was on its way is all that an honest peer has.
    private Http2Fault JudgeClosedBlock(Http2Stream? stream)
    {
        var fault = JudgeClosed(_blockId, stream);
        return fault.IsFault ? fault : Count(FloodKind.Unknown);
    }
}
