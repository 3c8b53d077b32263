using Weir.Async;
using Weir.Http;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Reactor;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Wire.Http2;

/// <summary>What a connection to an endpoint holds itself to; milliseconds, 0 for none.</summary>
internal readonly record struct Http2ClientLimits(int Header, int Streams, int IdleTimeout, int MaxLifetime, int PingInterval, int PingTimeout, int WriteTimeout);

/// <summary>Whoever keeps connections to an endpoint. On their loop.</summary>
internal interface IHttp2Owner
{
    /// <summary>One more stream can be opened, or the connection takes no more and will end.</summary>
    void Changed(Http2ClientConnection connection);

    /// <summary>It is over: nobody uses it.</summary>
    void Ended(Http2ClientConnection connection);
}

/// <summary>A connection to an endpoint that speaks HTTP/2: many exchanges at once, each with a stream. One method reads. LoopState.</summary>
internal sealed class Http2ClientConnection : Http2Connection
{
    private const int Window = 16 * 1024 * 1024;
    private const int LargestId = int.MaxValue - 1;

    /// <summary>What an endpoint may send of a body before the client takes it.</summary>
    public const int StreamWindow = 256 * 1024;

    private readonly IHttp2Owner _owner;
    private readonly Http2ClientLimits _limits;
    private readonly long _openedAt;
    private Http2ResponseReader _head;
    private int _nextId = 1;
    private int _reserved;
    private int _lastServed = int.MaxValue;
    private long _idleSince;
    private long _heardAt;
    private long _pingedAt;
    private bool _hasAnswered;
    private bool _hasEnded;

    public Http2ClientConnection(Loop loop, Transport transport, in Http2ClientLimits limits, IHttp2Owner owner)
        : base(loop, transport, isClient: true)
    {
        _owner = owner;
        _limits = limits;
        _openedAt = _idleSince = _heardAt = loop.Now;
        WriteTimeout = limits.WriteTimeout;
    }

    protected override bool IsClient => true;

    /// <summary>No more streams are opened: it is told to go, lost, or has lived long enough.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>One more stream may be opened now.</summary>
    public bool CanOpen => Room > 0;

    /// <summary>How many streams may be opened now. None while the endpoint does not take what was sent.</summary>
    public int Room => Output.HasRoom ? Free : 0;

    /// <summary>How many streams the endpoint takes beside those that are open.</summary>
    public int Free => IsLeaving || IsLost ? 0 : (int)Math.Min(Peer.MaxConcurrentStreams, (uint)_limits.Streams) - Active - _reserved;

    public bool IsIdle => Active + _reserved == 0;

    /// <summary>Milliseconds since it was opened.</summary>
    public long Age => Loop.Now - _openedAt;

    /// <summary>It carried a stream before.</summary>
    public bool IsReused => _nextId > 1;

    /// <summary>The connection failed, rather than that it was closed in order.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The endpoint answered on it, and then closed it or died: to what was under way it is what a kept connection of HTTP/1 is that had ended.</summary>
    public bool WasKept => _hasAnswered && _hasEnded;

    /// <summary>The rule that the endpoint broke, if that is why it ended.</summary>
    public Refusal Reason { get; private set; }

    /// <summary>Streams past this were not looked at by the endpoint.</summary>
    public int LastServed => _lastServed;

    /// <summary>Says the preface and begins to read; <see cref="IHttp2Owner.Ended"/> is called at the end.</summary>
    public void Start()
    {
        var preface = FrameReader.Preface;
        preface.CopyTo(Output.Reserve(preface.Length));
        Output.Commit(preface.Length);
        Begin(new Http2Settings { EnablePush = false, InitialWindowSize = StreamWindow, MaxHeaderListSize = (uint)_limits.Header }, Window, _limits.Header);
        _ = RunAsync();
    }

    /// <summary>A stream will be opened, which <see cref="CanOpen"/> has said there is room for.</summary>
    public void Reserve() => _reserved++;

    /// <summary>It will not.</summary>
    public void Unreserve()
    {
        _reserved--;
        Settled();
        Freed();
    }

    /// <summary>The number of the stream whose head is written next.</summary>
    public int NextId => _nextId;

    /// <summary>The head of a stream that was reserved was written, with <see cref="NextId"/>.</summary>
    public void Enter(Http2Stream stream)
    {
        _reserved--;
        NoteOpened(_nextId);
        Add(stream);
        _nextId += 2;
        if (_nextId > LargestId || (_limits.MaxLifetime > 0 && Age >= _limits.MaxLifetime)) Leave();
    }

    /// <summary>A stream's exchange is done with it.</summary>
    public void Close(Http2Stream stream, Http2ErrorCode code)
    {
        if (!(stream.IsLocalEnded && stream.IsRemoteEnded)) Reset(stream, code, Refusal.None);
        Remove(stream);
        Freed();
    }

    /// <summary>No more streams are opened, and it ends with the last.</summary>
    public void Leave()
    {
        if (IsLeaving) return;
        IsLeaving = true;
        _owner.Changed(this);
        if (IsIdle) Transport.InterruptReading();
    }

    /// <summary>RFC 9113 §6.8: the streams are our own, and a server pushes none.</summary>
    protected override int HighestOfPeer => 0;

    protected override bool IsHead(Http2Stream stream) => ((IHttp2Response)stream).AwaitsHead;

    protected override void BeginHead(Http2Stream stream) => _head = ((IHttp2Response)stream).BeginHead();

    protected override Http2Stream? Opened(scoped in Frame frame, out Http2Fault fault)
    {
        fault = default;
        return null;
    }

    protected override HpackFault DecodeHead(ReadOnlySpan<byte> fragment, bool last) => Decoder.Decode(fragment, last, ref _head);

    protected override Http2Fault EndHead(Http2Stream stream, bool endsStream, Http2Fault fault)
    {
        NoteWork();
        _hasAnswered = true;
        var detail = fault.Reason;
        var result = fault.IsFault ? new HeadResult(HeadVerdict.Malformed, Refusal.UpstreamBadResponse) : _head.End(endsStream, Decoder.IsOverLimit, out detail);
        _head = default;
        ((IHttp2Response)stream).EndHead(result, detail, endsStream);
        return result.Verdict == HeadVerdict.Understood ? default : Http2Fault.Stream(stream.Id, Http2ErrorCode.ProtocolError, detail);
    }

    protected override void OnPong() => _pingedAt = 0;

    protected override void OnGoAway(int lastStream)
    {
        _lastServed = Math.Min(_lastServed, lastStream);
        Leave();
        foreach (var stream in Streams)
            if (stream.Id > lastStream) Break(stream, Refusal.None, byPeer: true);
    }

    protected override void OnPeerSettings() => _owner.Changed(this);

    protected override void OnTooSlow() => IsBroken = true;

    protected override bool IsInUse => _reserved > 0;

    protected override bool IsFinished => IsIdle && IsLeaving;

    protected override void OnReceived(bool wasInFrame) => _heardAt = Loop.Now;

    protected override void OnEnd(bool isFailure) => (IsBroken, _hasEnded) = (isFailure, true);

    protected override void OnRoom()
    {
        if (!IsLeaving) _owner.Changed(this);
    }

    private async Detached RunAsync()
    {
        var fault = await ReadAsync();
        IsLeaving = true;
        if (fault.IsFault)
        {
            Reason = fault.Reason;
            SayGoodbye(fault.Code, fault.Reason);
        }
        else if (!IsLost)
        {
            SayGoodbye(Http2ErrorCode.NoError, Refusal.None);
        }

        BreakStreams();
        _owner.Changed(this);
        await WaitUntilQuietAsync(Loop.Now + _limits.WriteTimeout);
        if (IsLost) Transport.Abort();
        else Transport.Close();
        _owner.Ended(this);
        Dispose();
    }

    private void Freed()
    {
        if (IsIdle)
        {
            _idleSince = Loop.Now;
            if (IsLeaving) Transport.InterruptReading();
        }

        if (!IsLeaving) _owner.Changed(this);
    }

    protected override long Deadline()
    {
        if (IsIdle) return _idleSince + _limits.IdleTimeout;
        if (_pingedAt > 0) return _pingedAt + _limits.PingTimeout;
        return _limits.PingInterval > 0 ? _heardAt + _limits.PingInterval : Loop.Now + _limits.IdleTimeout;
    }

    protected override bool IsOver()
    {
        if (IsIdle)
        {
            if (Loop.Now < _idleSince + _limits.IdleTimeout) return false;
            Leave();
            return true;
        }

        if (_limits.PingInterval == 0) return false;
        if (_pingedAt > 0 && Loop.Now >= _pingedAt + _limits.PingTimeout)
        {
            IsBroken = true;
            Lose();
            return true;
        }

        if (_pingedAt > 0 || Loop.Now < _heardAt + _limits.PingInterval) return false;
        _pingedAt = Loop.Now;
        SendPing();
        return false;
    }
}

/// <summary>A stream that a response comes on.</summary>
internal interface IHttp2Response
{
    /// <summary>No final head has come yet: what comes is one, not trailers.</summary>
    bool AwaitsHead { get; }

    Http2ResponseReader BeginHead();

    /// <summary>The head's block has ended.</summary>
    void EndHead(HeadResult result, Refusal detail, bool endsStream);
}
