using Weir.Http;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;

namespace Weir.Proxy.Wire.Http2;

/// <content>What comes, frame by frame.</content>
internal abstract partial class Http2Connection
{
    private Http2Fault Dispatch(scoped in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Data:
                return OnData(frame);
            case FrameType.Headers:
                return OnHeaders(frame);
            case FrameType.Continuation:
                return OnFragment(frame);
            case FrameType.WindowUpdate:
                return OnWindowUpdate(frame);
            case FrameType.RstStream:
                return OnReset(frame);
            case FrameType.Settings:
                return OnSettings(frame);
            case FrameType.Ping:
                return OnPing(frame);
            case FrameType.GoAway:
                PeerLeaves = true;
                OnGoAway(frame.LastStreamId);
                return Count(FloodKind.Unknown);
            case FrameType.Priority:
                return Count(FloodKind.Priority);
            case FrameType.PriorityUpdate:
                if (_streams.TryGetValue(frame.PrioritizedStreamId, out var stream)) stream.SetPriority(Priority.Parse(frame.PriorityValue));
                return Count(FloodKind.Priority);
            default:
                return Count(FloodKind.Unknown);
        }
    }

    private Http2Fault OnData(scoped in Frame frame)
    {
        if (frame.FlowControlled > 0)
        {
            if (!_receiveWindow.TryTake(frame.FlowControlled)) return Http2Fault.Connection(Http2ErrorCode.FlowControlError, Refusal.BadFlowWindow);
            // What a stream may hold is bounded by its own window: one that nobody reads keeps no other from receiving.
            var increment = _receiveWindow.Free(frame.FlowControlled);
            if (increment > 0) WriteWindowUpdate(0, increment);
        }

        if (frame.IsLastPiece && frame.Payload.IsEmpty && !frame.EndsStream && frame.FlowControlled == frame.Padding)
        {
            var fault = Count(FloodKind.Empty);
            if (fault.IsFault) return fault;
        }
        else if (frame.IsLastPiece)
        {
            _floods.Progress();
        }

        if (_streams.TryGetValue(frame.StreamId, out var stream) && !stream.IsReset) return stream.Receive(frame);
        return frame.IsLastPiece ? JudgeClosed(frame.StreamId, stream) : default;
    }

    private Http2Fault OnHeaders(scoped in Frame frame)
    {
        _blockId = frame.StreamId;
        _blockEnds = frame.Header.Has(FrameFlags.EndStream);
        _blockFault = frame.Fault;
        _block = Block.Dropped;
        if (!_streams.TryGetValue(_blockId, out _blockStream))
        {
            _blockStream = Opened(frame, out var refused);
            if (_blockStream is not null) _block = Block.Head;
            else if (frame.OpensStream && !refused.IsFault) _blockFault = Ignore(_blockId);
            else if (!_blockFault.IsFault) _blockFault = refused.IsFault ? refused : JudgeClosedBlock(null);
        }
        else if (_blockStream.IsReset)
        {
            if (!_blockFault.IsFault) _blockFault = JudgeClosedBlock(_blockStream);
        }
        else if (_blockStream.IsRemoteEnded)
        {
            _blockFault = Http2Fault.Stream(_blockId, Http2ErrorCode.StreamClosed, Refusal.BadFrame);
        }
        else
        {
            _block = IsHead(_blockStream) ? Block.Head : Block.Trailers;
            if (_block == Block.Head) BeginHead(_blockStream);
            else _trailers = new Http2TrailerReader(_blockStream.Trailers);
        }

        return OnFragment(frame);
    }

    private Http2Fault OnFragment(scoped in Frame frame)
    {
        if (!_blockBudget.Allow(frame, _decoder.MaxListSize)) return FloodGuard.Fault;
        if (frame.Payload.IsEmpty && !frame.EndsBlock)
        {
            var flood = Count(FloodKind.Empty);
            if (flood.IsFault) return flood;
        }

        var decoded = _block switch
        {
            Block.Head => DecodeHead(frame.Payload, frame.EndsBlock),
            Block.Trailers => _decoder.Decode(frame.Payload, frame.EndsBlock, ref _trailers),
            _ => _decoder.Decode(frame.Payload, frame.EndsBlock, ref _nothing),
        };
        if (decoded != HpackFault.None) return Http2Fault.Connection(Http2ErrorCode.CompressionError, Refusal.BadFieldBlock);
        if (_decoder.IsBomb) return FloodGuard.Fault;
        return frame.EndsBlock ? EndBlock() : default;
    }

    private Http2Fault EndBlock()
    {
        var stream = _blockStream;
        _blockStream = null;
        if (_block == Block.Head) return EndHead(stream!, _blockEnds, _blockFault);
        if (_block == Block.Dropped || _blockFault.IsFault) return _blockFault;
        var result = _trailers.End(_blockEnds, _decoder.IsOverLimit);
        return result.Verdict == HeadVerdict.Understood ? stream!.ReceiveEnd() : result.Fault(stream!.Id);
    }

    private Http2Fault OnWindowUpdate(scoped in Frame frame)
    {
        if (frame.WindowIncrement < FloodGuard.TinyIncrement)
        {
            var fault = Count(FloodKind.TinyWindow);
            if (fault.IsFault) return fault;
        }

        if (frame.StreamId == 0)
        {
            if (!_window.TryAdd(frame.WindowIncrement)) return Http2Fault.Connection(Http2ErrorCode.FlowControlError, Refusal.BadFlowWindow);
            Pump();
            return default;
        }

        if (!_streams.TryGetValue(frame.StreamId, out var stream)) return Count(FloodKind.Unknown);
        if (!stream.TryWiden(frame.WindowIncrement)) return Http2Fault.Stream(frame.StreamId, Http2ErrorCode.FlowControlError, Refusal.BadFlowWindow);
        if (stream.IsReset || !stream.CanSend) return default;
        QueueBody(stream);
        Pump();
        return default;
    }

    private Http2Fault OnReset(scoped in Frame frame)
    {
        if (!_streams.TryGetValue(frame.StreamId, out var stream) || stream.IsReset) return Count(FloodKind.Unknown);
        stream.WasRefused = frame.ErrorCode == Http2ErrorCode.RefusedStream;
        Break(stream, Refusal.None, byPeer: true);
        return Count(FloodKind.Reset);
    }

    private Http2Fault OnSettings(scoped in Frame frame)
    {
        if (frame.IsAck) return Count(FloodKind.Unknown);
        var fault = Count(FloodKind.Settings);
        if (fault.IsFault) return fault;
        var before = _peer.InitialWindowSize;
        fault = _peer.Apply(frame, fromServer: IsClient);
        if (fault.IsFault) return fault;
        Encoder.SetPeerLimit(_peer.HeaderTableSize);
        if (_peer.InitialWindowSize != before)
        {
            foreach (var stream in _streams.Values)
            {
                if (!stream.TryAdjust(before, _peer.InitialWindowSize)) return Http2Fault.Connection(Http2ErrorCode.FlowControlError, Refusal.BadFlowWindow);
                if (!stream.IsReset && stream.CanSend) QueueBody(stream);
            }
        }

        WriteSettingsAck();
        Pump();
        OnPeerSettings();
        return default;
    }

    /// <summary>SETTINGS of the peer came.</summary>
    protected virtual void OnPeerSettings()
    {
    }

    private Http2Fault OnPing(scoped in Frame frame)
    {
        if (frame.IsAck)
        {
            if (_pingsOut == 0) return Count(FloodKind.Unknown);
            _pingsOut--;
            OnPong();
            return default;
        }

        var fault = Count(FloodKind.Ping);
        if (!fault.IsFault) WritePing(frame.PingData, ack: true);
        return fault;
    }

    // §5.1, closed: after our RST_STREAM the peer may not know yet; after its own it does, and after END_STREAM it broke a rule of all.
    private Http2Fault JudgeClosed(int id, Http2Stream? stream)
    {
        var end = stream is not null ? stream.IsResetByPeer ? StreamEnd.ByPeer : StreamEnd.ByUs : _closed.Find(id);
        return end switch
        {
            StreamEnd.ByUs => default,
            StreamEnd.ByPeer => Http2Fault.Stream(id, Http2ErrorCode.StreamClosed, Refusal.BadFrame),
            _ => Http2Fault.Connection(Http2ErrorCode.StreamClosed, Refusal.BadFrame),
        };
    }
}
