using Weir.Async;
using Weir.Http;
using Weir.Http.Http2.Frames;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire.Http2;

/// <content>What is sent, and whose turn it is.</content>
internal abstract partial class Http2Connection
{
    // Larger frames would hold up the other streams; RFC 9113 §4.2 lets everybody take these.
    private const int MaxData = Http2Settings.SmallestMaxFrameSize;

    private readonly SendQueue _heads = new();
    private readonly SendQueue _bodies = new();
    private readonly Action _flush;
    private FlowWindow _window = new(Http2Settings.DefaultWindowSize);
    private int _lastServed = int.MaxValue;
    private bool _isFlushing;
    private bool _isBlocked;

    /// <summary>A send that makes no progress for so many milliseconds ends the connection.</summary>
    protected int WriteTimeout { get; set; }

    /// <summary>This side is the client.</summary>
    protected abstract bool IsClient { get; }

    /// <summary>What is gathered leaves at the end of this pass.</summary>
    public void ScheduleFlush()
    {
        if (_isFlushing || _isBlocked || IsLost) return;
        _isFlushing = true;
        Loop.Ready(_flush);
    }

    /// <summary>A stream's sender has a piece: as much of it as may be goes to the output now, the rest when its turn comes, and then the sender is woken.</summary>
    public void Send(Http2Stream stream)
    {
        if (_bodies.First is null)
            while (stream.CanSend && MaySendData) Append(stream);
        if (stream.CanSend) QueueBody(stream);
        Pump();
        ScheduleFlush();
    }

    /// <summary>The stream's sender is woken when a head may be sent.</summary>
    public void QueueHead(Http2Stream stream)
    {
        if (stream.Queue is not null) return;
        stream.Queue = _heads;
        _heads.Add(stream);
    }

    public void Unqueue(Http2Stream stream)
    {
        stream.Queue?.Remove(stream);
        stream.Queue = null;
    }

    public void WriteWindowUpdate(int streamId, int increment)
    {
        if (IsLost) return;
        var to = Reserve(FrameWriter.WindowUpdateSize);
        if (!to.IsEmpty) Output.Commit(FrameWriter.WindowUpdate(to, streamId, increment));
        ScheduleFlush();
    }

    /// <summary>DATA without a byte, to end a stream. Its length.</summary>
    public int WriteEnd(int streamId)
    {
        if (IsLost) return 0;
        var to = Reserve(FrameHeader.Size);
        if (to.IsEmpty) return 0;
        Output.Commit(FrameWriter.DataHeader(to, streamId, 0, endStream: true));
        return FrameHeader.Size;
    }

    /// <summary>Asks the peer for a sign of life.</summary>
    protected void SendPing()
    {
        _pingsOut++;
        WritePing(0, ack: false);
    }

    protected void WriteGoAway(int lastStream, Http2ErrorCode code, Refusal reason)
    {
        if (IsLost) return;
        // §6.8: what was said not to be served may be under way elsewhere.
        _lastServed = Math.Min(_lastServed, lastStream);
        var text = reason == Refusal.None ? default : reason.Text();
        var to = Reserve(FrameWriter.GoAwaySize + text.Length);
        if (!to.IsEmpty) Output.Commit(FrameWriter.GoAway(to, _lastServed, code, text));
        ScheduleFlush();
    }

    private bool MaySendData => Output.HasRoom && _window.Available > 0;

    private void QueueBody(Http2Stream stream)
    {
        if (stream.Queue is not null) return;
        stream.Queue = _bodies;
        _bodies.Add(stream);
    }

    // Who waits for a head goes first, being small; then bodies, a frame each.
    private void Pump()
    {
        while (Output.HasRoom && _heads.First is { } head)
        {
            Unqueue(head);
            head.WakeSender();
        }

        var any = false;
        while (_bodies.First is { } stream && MaySendData)
        {
            any = true;
            if (stream.CanSend) Append(stream);
            if (stream.Unsent == 0) stream.WakeSender();
            // Its own window is used up, or its piece: it comes back with more.
            if (!stream.CanSend) Unqueue(stream);
            else if (stream.Priority.IsIncremental) _bodies.Rotate(stream);
        }

        if (any) ScheduleFlush();
    }

    private void Append(Http2Stream stream)
    {
        var position = Output.Position;
        var to = Output.Reserve(FrameHeader.Size + MaxData);
        var piece = stream.TakeUnsent(Math.Min(MaxData, _window.Available), position);
        FrameWriter.DataHeader(to, stream.Id, piece.Length, endStream: false);
        piece.CopyTo(to[FrameHeader.Size..]);
        Output.Commit(FrameHeader.Size + piece.Length);
        _window.Take(piece.Length);
        if (piece.Length >= FloodGuard.TinyIncrement || stream.Unsent == 0) _floods.Progress();
    }

    private void Flush()
    {
        _isFlushing = false;
        var start = Output.Position;
        while (!Output.IsEmpty && !IsLost && !_isBlocked)
        {
            if (!Output.TrySend(Transport))
            {
                Lose();
            }
            else if (!Output.IsEmpty)
            {
                _isBlocked = true;
                _ = SendSlowlyAsync();
            }
            else
            {
                Pump();
                if (Output.Position - start < Loop.TurnBytes) continue;
                ScheduleFlush();
                break;
            }
        }

        if (Output.IsEmpty || IsLost) _quiet.Signal();
        if (!IsLost && Output.HasRoom) OnRoom();
    }

    /// <summary>Something was sent, and there is room for more.</summary>
    protected virtual void OnRoom()
    {
    }

    // Only while the kernel takes no more.
    private async Detached SendSlowlyAsync()
    {
        var deadline = Loop.Now + WriteTimeout;
        while (!IsLost && !Output.IsEmpty)
        {
            var wait = await Transport.Writable(deadline);
            if (IsLost) break;
            if (wait != WaitResult.Ready || !Output.TrySend(Transport))
            {
                if (wait == WaitResult.TimedOut) OnTooSlow();
                Lose();
                break;
            }

            deadline = Loop.Now + WriteTimeout;
            if (Output.HasRoom)
            {
                Pump();
                OnRoom();
            }

            if (!Output.IsOverfull) _quiet.Signal();
        }

        _isBlocked = false;
        if (!Output.IsEmpty) ScheduleFlush();
        _quiet.Signal();
    }

    /// <summary>The peer takes nothing.</summary>
    protected abstract void OnTooSlow();

    private void WriteReset(int streamId, Http2ErrorCode code)
    {
        var to = Reserve(FrameWriter.RstStreamSize);
        if (!to.IsEmpty) Output.Commit(FrameWriter.RstStream(to, streamId, code));
        ScheduleFlush();
    }

    private void WritePing(ulong data, bool ack)
    {
        var to = Reserve(FrameWriter.PingSize);
        if (!to.IsEmpty) Output.Commit(FrameWriter.Ping(to, data, ack));
        ScheduleFlush();
    }

    private void WriteSettingsAck()
    {
        var to = Reserve(FrameHeader.Size);
        if (!to.IsEmpty) Output.Commit(FrameWriter.SettingsAck(to));
        ScheduleFlush();
    }

    // There is always room: heads and bodies stop long before, and who asks for answers without taking them is not read.
    private Span<byte> Reserve(int bytes)
    {
        var to = Output.Reserve(bytes);
        if (to.IsEmpty) Lose();
        return to;
    }
}
