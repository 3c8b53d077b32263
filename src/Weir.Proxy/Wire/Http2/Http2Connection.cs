using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire.Http2;

/// <summary>
/// A connection of HTTP/2, on either side, RFC 9113: one method reads and hands frames to their streams; what streams send is gathered
/// and leaves together at the end of the loop's pass. LoopState; for one connection.
/// </summary>
internal abstract partial class Http2Connection : IDisposable
{
    // Heads that begin exchanges take time: others are served in between.
    private const int FramesBetweenLooks = 16;

    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly ClosedStreams _closed = new();
    private readonly HpackDecoder _decoder = new();
    private readonly Waiter _quiet;
    private FrameReader _frames;
    private FloodGuard _floods;
    private BlockBudget _blockBudget;
    private Http2Settings _peer = new();
    private ReceiveWindow _receiveWindow;
    private Lease _input;
    private Block _block;
    private Http2Fault _blockFault;
    private Http2Stream? _blockStream;
    private int _blockId;
    private bool _blockEnds;
    private Http2TrailerReader _trailers;
    private NoFields _nothing;
    private int _pingsOut;
    private bool _wasFull;

    protected Http2Connection(Loop loop, Transport transport, bool isClient)
    {
        Loop = loop;
        Transport = transport;
        Output = new Http2Output(loop.Buffers);
        _frames = new FrameReader(isClient);
        _quiet = new Waiter(loop);
        _flush = Flush;
    }

    // What becomes of a field block.
    private enum Block : byte { Dropped, Head, Trailers }

    public Loop Loop { get; }

    public Transport Transport { get; }

    public Http2Output Output { get; }

    public HpackEncoder Encoder { get; } = new();

    /// <summary>What the peer allows.</summary>
    public ref readonly Http2Settings Peer => ref _peer;

    /// <summary>The connection failed, or a rule was broken: nothing more is sent or received.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The last frames said are on their way: GOAWAY with a fault.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Streams that are not over.</summary>
    public int Active => _streams.Count;

    /// <summary>The peer opens no more, or none that we open would be served.</summary>
    protected bool PeerLeaves { get; private set; }

    protected int HighestStream => _frames.HighestStream;

    /// <summary>Of the streams that the peer opened.</summary>
    protected abstract int HighestOfPeer { get; }

    protected HpackDecoder Decoder => _decoder;

    /// <summary>Bytes that no frame was made of yet.</summary>
    protected bool IsInFrame => _input.Available > 0 || _frames.IsInBlock;

    /// <summary>A field block has begun and not ended.</summary>
    protected bool IsInBlock => _frames.IsInBlock;

    /// <summary>Frames, or pieces of them, that came.</summary>
    protected long Frames { get; private set; }

    /// <summary>Those that are not over.</summary>
    protected IEnumerable<Http2Stream> Streams => _streams.Values;

    /// <summary>The settings of this side and the window of the connection; the first thing that is sent.</summary>
    protected void Begin(in Http2Settings own, int window, int maxListSize)
    {
        _decoder.MaxListSize = maxListSize;
        var to = Output.Reserve(Http2Settings.MaxWritten + FrameWriter.WindowUpdateSize);
        var length = own.Write(to);
        _receiveWindow = new ReceiveWindow(window);
        if (window > Http2Settings.DefaultWindowSize) length += FrameWriter.WindowUpdate(to[length..], 0, window - Http2Settings.DefaultWindowSize);
        Output.Commit(length);
        ScheduleFlush();
    }

    /// <summary>Bytes that were received before.</summary>
    protected void TakeOver(ref Lease received)
    {
        _input = received;
        received = default;
    }

    protected int Waiting => _input.Available;

    protected ReadOnlySpan<byte> Unread => _input.Data;

    protected void Skip(int bytes) => _input.Consume(bytes);

    /// <summary>Handles what is received. A fault is the connection's. <paramref name="isDone"/>: more has to be received first; else others are to be let in between.</summary>
    protected Http2Fault Process(out bool isDone)
    {
        isDone = false;
        for (var frames = 1; !Output.IsOverfull && !IsLost; frames++)
        {
            var outcome = _frames.Read(_input.Data, out var frame, out var consumed, out var fault);
            if (outcome != FrameOutcome.NeedMore) Frames++;
            if (outcome == FrameOutcome.Frame) fault = Dispatch(frame);
            _input.Consume(consumed);
            if (fault.IsFault && !fault.IsConnection) fault = Reset(fault);
            isDone = outcome == FrameOutcome.NeedMore;
            if (isDone || fault.IsFault) return fault;
            if ((frames % FramesBetweenLooks == 0 || frame.OpensStream) && Loop.IsTurnOver) break;
        }

        return default;
    }

    /// <summary>As <see cref="Transport.TryReceive(ref Lease)"/>. Without anything unread no buffer is kept.</summary>
    protected int Receive()
    {
        if (_input.IsEmpty)
        {
            _input = Loop.Buffers.Rent(_wasFull ? BufferSize.Medium : BufferSize.Small);
        }
        else if (_input.Available == 0)
        {
            (_input.Start, _input.End) = (0, 0);
        }
        else if (_input.Room < FrameHeader.Size || _input.Start > 0)
        {
            MakeRoom();
        }

        var received = Transport.TryReceive(ref _input);
        _wasFull = received > 0 && _input.Room == 0;
        if (received <= 0 && _input.Available == 0) Loop.Buffers.Return(ref _input);
        return received;
    }

    /// <summary>Until the peer goes, breaks a rule (the fault), or there is nothing more to wait for.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    protected async ValueTask<Http2Fault> ReadAsync()
    {
        while (true)
        {
            var fault = Advance(out var isDone);
            if (fault.IsFault || IsLost) return fault;
            if (!isDone)
            {
                // Its turn is over, or the peer does not take what it asked for.
                if (Output.IsOverfull) await WaitUntilTakenAsync();
                else await Loop.Yield();
                continue;
            }

            if (IsFinished) return default;
            var wasInFrame = IsInFrame;
            var received = Receive();
            if (received > 0)
            {
                OnReceived(wasInFrame);
                continue;
            }

            if (received != Transport.WouldBlock)
            {
                OnEnd(isFailure: received < 0);
                Lose();
                return default;
            }

            var wait = await Transport.Readable(Deadline());
            if (IsLost) return default;
            if (wait == WaitResult.TimedOut && IsOver()) return default;
        }
    }

    /// <summary>As <see cref="Process"/>, with what comes before frames.</summary>
    protected virtual Http2Fault Advance(out bool isDone) => Process(out isDone);

    /// <summary>Nothing is under way, and nothing new will be.</summary>
    protected abstract bool IsFinished { get; }

    /// <summary>Until when to wait for the peer, by the loop's clock.</summary>
    protected abstract long Deadline();

    /// <summary>A deadline passed: true when the connection ends by it.</summary>
    protected abstract bool IsOver();

    /// <summary>Bytes came; <paramref name="wasInFrame"/>: there were some already that made no frame.</summary>
    protected abstract void OnReceived(bool wasInFrame);

    /// <summary>The peer has closed the connection, or it failed.</summary>
    protected virtual void OnEnd(bool isFailure)
    {
    }

    /// <summary>Ends all streams at once.</summary>
    protected void Lose()
    {
        if (IsLost) return;
        IsLost = true;
        Transport.CancelWaits();
        BreakStreams();
    }

    /// <summary>Streams end; what they have written is dropped with them, what the connection says goes out.</summary>
    protected void BreakStreams()
    {
        foreach (var stream in _streams.Values) Break(stream, Refusal.None, byPeer: true);
    }

    /// <summary>Says why this is the end, and that nothing more is looked at.</summary>
    protected void SayGoodbye(Http2ErrorCode code, Refusal reason)
    {
        IsEnding = true;
        WriteGoAway(HighestOfPeer, code, reason);
    }

    /// <summary>Waits until no stream is left and nothing is sent any more. Deadline in milliseconds of the loop's clock, for what is unsent.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    protected async ValueTask WaitUntilQuietAsync(long deadline)
    {
        while (_streams.Count > 0 || IsInUse || _isBlocked || (!Output.IsEmpty && !IsLost))
        {
            if (await _quiet.Wait(IsLost ? long.MaxValue : deadline) == WaitResult.TimedOut) Lose();
            _quiet.Clear();
        }
    }

    /// <summary>Until the peer has taken what keeps this side from reading on.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    protected async ValueTask WaitUntilTakenAsync()
    {
        while (Output.IsOverfull && !IsLost)
        {
            await _quiet.Wait();
            _quiet.Clear();
        }
    }

    /// <summary>Gives back what it holds.</summary>
    public void Dispose()
    {
        IsLost = true;
        Loop.Buffers.Return(ref _input);
        Output.Release();
        _decoder.Dispose();
    }

    protected void Add(Http2Stream stream) => _streams.Add(stream.Id, stream);

    /// <summary>A client's own stream has a number.</summary>
    protected void NoteOpened(int id) => _frames.Opened(id);

    /// <summary>The stream is over: nobody uses it, and what comes for it is judged by how it ended.</summary>
    protected void Remove(Http2Stream stream)
    {
        _streams.Remove(stream.Id);
        // What is left of its trailers has nowhere to go.
        if (_blockStream == stream) (_blockStream, _block) = (null, Block.Dropped);
        if (!stream.IsReset)
        {
            _floods.Completed();
        }
        else
        {
            _closed.Add(stream.Id, stream.IsResetByPeer);
            _ending--;
        }

        if (_streams.Count == 0) _quiet.Signal();
    }

    /// <summary>What <see cref="IsInUse"/> says may have changed.</summary>
    protected void Settled() => _quiet.Signal();

    /// <summary>Ends a stream with RST_STREAM, if it is not over.</summary>
    public void Reset(Http2Stream stream, Http2ErrorCode code, Refusal fault)
    {
        if (stream.IsReset || IsLost) return;
        Break(stream, fault, byPeer: false);
        WriteReset(stream.Id, code);
    }

    /// <summary>The block that has begun is a request's or a response's; else <see cref="Http2Stream.Trailers"/> or nothing.</summary>
    protected abstract bool IsHead(Http2Stream stream);

    /// <summary>A head begins on a stream that is open.</summary>
    protected virtual void BeginHead(Http2Stream stream)
    {
    }

    /// <summary>HEADERS of a stream that is not open. Null: they are dropped, with <paramref name="fault"/> if there is one.</summary>
    protected abstract Http2Stream? Opened(scoped in Frame frame, out Http2Fault fault);

    /// <summary>A piece of a head's block.</summary>
    protected abstract HpackFault DecodeHead(ReadOnlySpan<byte> fragment, bool last);

    /// <summary>A head's block has ended. <paramref name="fault"/>: of its frame, which ends the stream.</summary>
    protected abstract Http2Fault EndHead(Http2Stream stream, bool endsStream, Http2Fault fault);

    /// <summary>The answer to our PING came.</summary>
    protected abstract void OnPong();

    /// <summary>GOAWAY came.</summary>
    protected abstract void OnGoAway(int lastStream);

    /// <summary>Something beside the streams that are open needs it still.</summary>
    protected virtual bool IsInUse => false;

    /// <summary>How far the peer may go with what is cheap for it.</summary>
    protected bool Allows(FloodKind kind) => _floods.Allow(kind, Loop.Now);

    /// <summary>A request was taken.</summary>
    protected void NoteWork() => _floods.Progress();

    private Http2Fault Count(FloodKind kind) => Allows(kind) ? default : FloodGuard.Fault;

    private void MakeRoom()
    {
        // A frame that has to be whole is at most so large.
        var larger = Loop.Buffers.Rent(_input.Available + BufferPool.Capacity(BufferSize.Small) > _input.Capacity ? BufferSize.Medium : _input.Size);
        _input.Data.CopyTo(larger.Free);
        larger.End = _input.Available;
        Loop.Buffers.Return(ref _input);
        _input = larger;
    }

    // A block that only the table needs.
    private struct NoFields : IHpackSink
    {
        public readonly void Take(scoped in HpackField field)
        {
        }
    }
}
