using System.Diagnostics;
using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire.Http2;

/// <summary>
/// One stream of a connection, on either side: what came of its body and waits to be asked for, and what is to be sent of it as far as
/// its windows allow. The connection puts frames in; the exchange's methods take them out. LoopState; reused.
/// </summary>
internal abstract class Http2Stream(Loop loop)
{
    public const int NotQueued = -1;

    private const long NoFrame = -1;

    private readonly BodyRing _received = new(loop.Buffers, BufferSize.Medium);
    private readonly Waiter _reading = new(loop);
    private readonly Waiter _sending = new(loop);
    private FlowWindow _sendWindow;
    private ReceiveWindow _receiveWindow;
    private BodyCount _count;
    private BodyPiece _rest;
    private int _handedOut;
    private long _expected;
    private long _lastFrame;
    private long _progressAt;

    public Http2Connection Connection { get; private set; } = null!;

    public int Id { get; private set; }

    /// <summary>Of what is sent on it.</summary>
    public Priority Priority { get; private set; }

    /// <summary>The urgency of the ring that it waits in, or <see cref="NotQueued"/>.</summary>
    public int QueuedAs { get; set; } = NotQueued;

    public bool IsQueued => QueuedAs != NotQueued;

    /// <summary>What it waits in; null for nothing.</summary>
    public SendQueue? Queue { get; set; }

    public Http2Stream? Next { get; set; }

    public Http2Stream? Previous { get; set; }

    /// <summary>The peer has ended its side.</summary>
    public bool IsRemoteEnded { get; private set; }

    /// <summary>END_STREAM is on its way to the peer.</summary>
    public bool IsLocalEnded { get; private set; }

    /// <summary>Nothing more is sent or received: RST_STREAM came or was sent, or the connection is lost.</summary>
    public bool IsReset { get; private set; }

    /// <summary>The peer reset it, or is gone.</summary>
    public bool IsResetByPeer { get; private set; }

    /// <summary>The peer said that it did not look at it: REFUSED_STREAM.</summary>
    public bool WasRefused { get; set; }

    /// <summary>Why <see cref="IsReset"/>, when a rule was broken.</summary>
    public Refusal Fault { get; private set; }

    /// <summary>Where trailers go; null while there is no message that could have some.</summary>
    public FieldTable? Trailers { get; set; }

    /// <summary>A wait for the peer to take bytes that makes no progress for so many milliseconds fails.</summary>
    public int Timeout { get; set; }

    /// <summary>Bytes of body handed out.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Bytes of frames, heads included.</summary>
    public long BytesSent { get; private set; }

    /// <summary>All of the body was handed out, and its end was told; or there is none.</summary>
    public bool IsBodyEnded { get; private set; }

    /// <summary>Bytes of a body that wait for room or for a window.</summary>
    public int Unsent => _rest.Length;

    protected Loop Loop => loop;

    /// <summary>From here to <see cref="Forget"/> this object is one stream's.</summary>
    protected void Start(Http2Connection connection, int id, int sendWindow, int receiveWindow)
    {
        Connection = connection;
        Id = id;
        Priority = Priority.Default;
        _sendWindow = new FlowWindow(sendWindow);
        _receiveWindow = new ReceiveWindow(receiveWindow);
        IsRemoteEnded = IsBodyEnded = IsLocalEnded = IsReset = IsResetByPeer = false;
        Fault = Refusal.None;
        WasRefused = false;
        BodyBytes = BytesSent = 0;
        _handedOut = 0;
        _lastFrame = NoFrame;
        _reading.Reset();
        _sending.Reset();
    }

    /// <summary>Nobody uses it any more, and the connection does not know it.</summary>
    public void Forget()
    {
        Debug.Assert(!IsQueued);
        _received.Release();
        _rest = default;
        Connection = null!;
        Trailers = null;
    }

    /// <summary>A message's head has come: what its body has to be.</summary>
    public void BeginBody(BodyFraming framing, long length, bool isEnded)
    {
        _count = BodyCount.Of(framing, length);
        _expected = framing == BodyFraming.Length ? length : 0;
        IsRemoteEnded = IsBodyEnded = isEnded;
    }

    /// <summary>DATA has come. A fault is the stream's.</summary>
    public Http2Fault Receive(scoped in Frame frame)
    {
        // §5.1: half-closed (remote).
        if (IsRemoteEnded) return Http2Fault.Stream(Id, Http2ErrorCode.StreamClosed, Refusal.BadFrame);
        if (!_receiveWindow.TryTake(frame.FlowControlled)) return Http2Fault.Stream(Id, Http2ErrorCode.FlowControlError, Refusal.BadFlowWindow);
        if (!_count.TryTake(frame.Payload.Length) || (frame.EndsStream && !_count.IsWhole))
            return Http2Fault.Stream(Id, Http2ErrorCode.ProtocolError, Refusal.LengthDisagrees);
        _received.TryAdd(frame.Payload, Expected(frame.Payload.Length));
        if (frame.Padding > 0) Free(frame.Padding);
        if (frame.EndsStream) IsRemoteEnded = true;
        if (!frame.Payload.IsEmpty || IsRemoteEnded) _reading.Signal();
        return default;
    }

    // Of what follows, with this: a small body takes a small buffer, and one that says that it is large takes no large one before it was.
    // What waits already is followed by larger ones, so that it leaves with fewer sends.
    private long Expected(int length)
        => Math.Min(_expected > 0 ? _expected - _count.Seen + length : long.MaxValue, Math.Max(BufferPool.Capacity(BufferSize.Small), 3L * _received.Length));

    /// <summary>Trailers were read to their end.</summary>
    public Http2Fault ReceiveEnd()
    {
        if (!_count.IsWhole) return Http2Fault.Stream(Id, Http2ErrorCode.ProtocolError, Refusal.LengthDisagrees);
        IsRemoteEnded = true;
        _reading.Signal();
        return default;
    }

    /// <summary>The next piece of what came, valid until this is called again; what was handed out before is the peer's to send anew.</summary>
    public BodyStep TryReadBody(out BodyPiece piece)
    {
        piece = _received.Take();
        if (_handedOut > 0)
        {
            Free(_handedOut);
            _handedOut = 0;
        }

        // RFC 9113 §8.1: what was complete before the peer's reset is not lost by it.
        if (IsReset && !(IsRemoteEnded && IsResetByPeer)) return BodyStep.Fault;
        if (piece.Length > 0)
        {
            _handedOut = piece.Length;
            BodyBytes += piece.Length;
            return BodyStep.Piece;
        }

        IsBodyEnded = IsRemoteEnded;
        return IsBodyEnded ? BodyStep.End : BodyStep.Wait;
    }

    /// <summary>After <see cref="BodyStep.Wait"/>: until there is something to take.</summary>
    public WaitAwaitable Readable(long deadline)
    {
        // What was signalled and is taken already must not end this wait.
        if (_received.Length == 0 && !IsRemoteEnded && !IsReset && !HasHead) _reading.Clear();
        return _reading.Wait(deadline);
    }

    /// <summary>Ends a wait for body that another method is in.</summary>
    public void InterruptBody() => _reading.Interrupt();

    /// <summary>Ends the waits of whoever uses it.</summary>
    protected void Interrupt()
    {
        _reading.Cancel();
        _sending.Cancel();
    }

    /// <summary>A head has come that nobody has taken.</summary>
    protected virtual bool HasHead => false;

    /// <summary>Something that is waited for has come.</summary>
    protected void WakeReader() => _reading.Signal();

    /// <summary>The peer allows more. False: more than there can be.</summary>
    public bool TryWiden(int increment) => _sendWindow.TryAdd(increment);

    /// <summary>The peer's SETTINGS_INITIAL_WINDOW_SIZE has changed.</summary>
    public bool TryAdjust(int from, int to) => _sendWindow.TryAdjust(from, to);

    /// <summary>A part of the body may be sent now, as far as this stream is concerned.</summary>
    public bool CanSend => _rest.Length > 0 && _sendWindow.Available > 0;

    /// <summary>Sends a piece of a body; Ok when all of it is among what the connection sends.</summary>
    public ValueTask<WireResult> WriteDataAsync(BodyPiece piece)
    {
        Debug.Assert(_rest.Length == 0 && !IsLocalEnded);
        if (IsReset) return new ValueTask<WireResult>(WireResult.Failed);
        if (piece.Length == 0) return new ValueTask<WireResult>(WireResult.Ok);
        _rest = piece;
        Connection.Send(this);
        return _rest.Length == 0 ? new ValueTask<WireResult>(WireResult.Ok) : WaitUntilSentAsync();
    }

    /// <summary>What the connection puts on the wire next: at most so many bytes of <see cref="WriteDataAsync"/>'s piece.</summary>
    public unsafe ReadOnlySpan<byte> TakeUnsent(int most, long position)
    {
        var length = Math.Min(Math.Min(_rest.Length, _sendWindow.Available), most);
        var piece = new ReadOnlySpan<byte>(_rest.Pointer, length);
        _rest = _rest[length..];
        _sendWindow.Take(length);
        _progressAt = loop.Now;
        NoteFrame(position, length + FrameHeader.Size);
        return piece;
    }

    /// <summary>Its turn has come, or the wait is for nothing.</summary>
    public void WakeSender() => _sending.Signal();

    /// <summary>Sends a head or trailers. Refused: no buffer holds the block, or it says what must not be written.</summary>
    protected ValueTask<WireResult> WriteBlockAsync<TBlock>(TBlock block, bool endStream)
        where TBlock : struct, IFieldBlock =>
        Connection.Output.HasRoom ? new ValueTask<WireResult>(WriteBlock(block, endStream)) : WriteBlockSlowlyAsync(block, endStream);

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> WriteBlockSlowlyAsync<TBlock>(TBlock block, bool endStream)
        where TBlock : struct, IFieldBlock
    {
        var room = await WaitForRoomAsync();
        return room == WireResult.Ok ? WriteBlock(block, endStream) : room;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> WaitForRoomAsync()
    {
        _progressAt = loop.Now;
        while (!IsReset && !Connection.Output.HasRoom)
        {
            Connection.QueueHead(this);
            var wait = await WaitForTurnAsync();
            if (wait != WireResult.Ok) return wait;
        }

        return IsReset ? WireResult.Failed : WireResult.Ok;
    }

    /// <summary>As <see cref="WriteBlockAsync"/>, at once: with no room it fails.</summary>
    protected WireResult WriteBlock<TBlock>(TBlock block, bool endStream)
        where TBlock : struct, IFieldBlock
    {
        if (IsReset) return WireResult.Failed;
        var output = Connection.Output;
        var maxFrame = Math.Min(Connection.Peer.MaxFrameSize, Http2Settings.SmallestMaxFrameSize);
        for (var size = BufferSize.Tiny; size <= BufferSize.Large; size++)
        {
            var most = BufferPool.Capacity(size) / 2;
            var to = output.Reserve(most + FieldBlocks.Overhead(most, maxFrame));
            if (to.IsEmpty) return WireResult.Refused;
            var writer = new HpackWriter(to.Slice(FrameHeader.Size, most), Connection.Encoder);
            block.Write(ref writer);
            var outcome = writer.End(out var written);
            if (outcome == WriteOutcome.TooSmall) continue;
            if (outcome != WriteOutcome.Written) return WireResult.Refused;
            var position = output.Position;
            var length = FieldBlocks.Frame(to, written, Id, maxFrame, endStream);
            output.Commit(length);
            NoteFrame(position, length);
            if (endStream) IsLocalEnded = true;
            Connection.ScheduleFlush();
            return WireResult.Ok;
        }

        return WireResult.Refused;
    }

    /// <summary>DATA or HEADERS of this stream begins at a position of what is sent.</summary>
    private void NoteFrame(long position, int length)
    {
        _lastFrame = position;
        BytesSent += length;
    }

    /// <summary>Ends this side's message, with trailers if there are some.</summary>
    public ValueTask<WireResult> FinishAsync(FieldTable? trailers)
    {
        if (IsReset) return new ValueTask<WireResult>(WireResult.Failed);
        if (IsLocalEnded) return new ValueTask<WireResult>(WireResult.Ok);
        if (trailers is { Count: > 0 }) return WriteBlockAsync(new TrailerBlock(trailers), endStream: true);
        EndLocal();
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    /// <summary>Ends this side.</summary>
    protected void EndLocal()
    {
        IsLocalEnded = true;
        if (_lastFrame == NoFrame || !Connection.Output.TryEndStream(_lastFrame)) BytesSent += Connection.WriteEnd(Id);
        Connection.ScheduleFlush();
    }

    /// <summary>The stream is over at once: whoever waits for it goes on. Nothing is sent by this.</summary>
    public void Break(Refusal fault, bool byPeer)
    {
        if (IsReset) return;
        IsReset = true;
        IsResetByPeer = byPeer;
        Fault = fault;
        Connection.Unqueue(this);
        _rest = default;
        _reading.Signal();
        _sending.Signal();
        OnBroken();
    }

    /// <summary>The client says how it wants the response.</summary>
    public void SetPriority(Priority priority)
    {
        Priority = priority;
        if (Queue is not { } queue) return;
        queue.Remove(this);
        queue.Add(this);
    }

    /// <summary>After <see cref="Break"/>.</summary>
    protected abstract void OnBroken();

    private void Free(int bytes)
    {
        var increment = IsReset || IsRemoteEnded ? 0 : _receiveWindow.Free(bytes);
        if (increment > 0) Connection.WriteWindowUpdate(Id, increment);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> WaitUntilSentAsync()
    {
        _progressAt = loop.Now;
        while (_rest.Length > 0)
        {
            var wait = await WaitForTurnAsync();
            if (wait != WireResult.Ok) return wait;
        }

        return IsReset ? WireResult.Failed : WireResult.Ok;
    }

    // One wait of either kind. What is not Ok ends the sending.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> WaitForTurnAsync()
    {
        while (true)
        {
            var wait = await _sending.Wait(_progressAt + Timeout);
            _sending.Clear();
            if (IsReset) return WireResult.Failed;
            if (wait == WaitResult.Ready) return WireResult.Ok;
            if (wait == WaitResult.TimedOut && loop.Now < _progressAt + Timeout) continue;
            Connection.Unqueue(this);
            _rest = default;
            return wait == WaitResult.TimedOut ? WireResult.TimedOut : WireResult.Cancelled;
        }
    }
}
