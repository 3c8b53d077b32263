using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Wire.Http2;

/// <summary>What a client of HTTP/2 may do; from its listener, when the connection begins.</summary>
internal readonly record struct Http2ServerLimits(Http1Limits Head, int Streams, int Window, int HeaderTimeout, int KeepAliveTimeout, int WriteTimeout);

/// <summary>Whom a connection gives its requests to.</summary>
internal interface IHttp2Requests
{
    /// <summary>A stream for a request whose head is beginning; the head is filled from here on.</summary>
    Http2Downstream Open(int streamId);

    /// <summary>The head of a stream, as <see cref="Open"/> made it.</summary>
    RequestHead HeadOf(Http2Downstream stream);

    /// <summary>Its head has come, or what was to be one, and perhaps its reset already; runs on until it has to wait. Ends with <see cref="Http2ServerConnection.Close"/>.</summary>
    void Run(Http2Downstream stream, HeadResult result);

    /// <summary>The connection ended before its head was complete.</summary>
    void Drop(Http2Downstream stream);

    /// <summary>A rule was broken, or a limit met, that no request is to blame for.</summary>
    void Count(Refusal reason);
}

/// <summary>A client's connection. One method reads; each request runs in a method of its own. LoopState.</summary>
internal sealed class Http2ServerConnection : Http2Connection
{
    // A client that was told to go has so long to send what it had begun.
    private const int DrainTime = 1000;

    private const int AnyStream = int.MaxValue;

    private readonly IHttp2Requests _requests;
    private readonly Http2ServerLimits _limits;
    private Http2RequestReader _head;
    private Http2Downstream? _opening;
    private Http2Downstream? _nextToRun;
    private Http2Downstream? _lastToRun;
    private int _prefaceLeft = FrameReader.Preface.Length;
    private int _lastStream = AnyStream;
    private long _drainEnds = long.MaxValue;
    private long _frameSince;
    private long _idleSince;
    private bool _isTooSlow;

    public Http2ServerConnection(Loop loop, Transport transport, in Http2ServerLimits limits, IHttp2Requests requests)
        : base(loop, transport, isClient: false)
    {
        _requests = requests;
        _limits = limits;
        WriteTimeout = limits.WriteTimeout;
    }

    protected override bool IsClient => false;

    /// <summary>Nothing is under way: it can be closed without loss.</summary>
    public bool IsIdle => Active == 0 && !IsInFrame;

    /// <summary>
    /// Serves the connection to its end, and returns when nobody uses it any more. False: it failed; else the client may still be
    /// sending what nobody is going to read.
    /// </summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(Lease received)
    {
        TakeOver(ref received);
        // What all streams may hold together: the window of the connection never stops one for another's sake.
        var window = (int)Math.Min(int.MaxValue, (long)_limits.Streams * _limits.Window);
        Begin(
            new Http2Settings
            {
                MaxConcurrentStreams = (uint)_limits.Streams,
                InitialWindowSize = _limits.Window,
                MaxHeaderListSize = (uint)_limits.Head.Head,
                EnableConnectProtocol = true,
                NoRfc7540Priorities = true,
            },
            Math.Max(window, Http2Settings.DefaultWindowSize),
            _limits.Head.Head);
        _frameSince = _idleSince = Loop.Now;
        var fault = await ReadAsync();
        if (fault.IsFault)
        {
            _requests.Count(fault.Reason);
            SayGoodbye(fault.Code, fault.Reason);
        }

        BreakStreams();
        RunRequests(all: true);
        if (_opening is { } unfinished)
        {
            _opening = null;
            Remove(unfinished);
            _requests.Drop(unfinished);
        }

        await WaitUntilQuietAsync(Loop.Now + _limits.WriteTimeout);
        if (_isTooSlow) _requests.Count(Refusal.ClientTooSlow);
        return !IsLost;
    }

    /// <summary>No more requests are taken than those that are on their way; the connection ends with the last.</summary>
    public void Drain()
    {
        if (_drainEnds != long.MaxValue || IsLost || IsEnding) return;
        _drainEnds = Loop.Now + DrainTime;
        // §6.8: first a warning, so that what is on its way is still served; then the last stream.
        WriteGoAway(AnyStream, Http2ErrorCode.NoError, Refusal.None);
        SendPing();
        Transport.InterruptReading();
    }

    /// <summary>Ends it if nothing is under way.</summary>
    public void CloseIfIdle()
    {
        if (!IsIdle) return;
        Drain();
        StopOpening();
    }

    /// <summary>The stream's exchange is over.</summary>
    public void Close(Http2Downstream stream)
    {
        // §8.1: the response is all there is to say, and the rest of the request is not wanted.
        if (stream.IsLocalEnded && !stream.IsRemoteEnded) Reset(stream, Http2ErrorCode.NoError, Refusal.None);
        Remove(stream);
        if (Active > 0) return;
        _idleSince = Loop.Now;
        if (_lastStream != AnyStream || PeerLeaves) Transport.InterruptReading();
    }

    /// <summary>Those that are not over.</summary>
    public IEnumerable<Http2Downstream> Requests => Streams.Cast<Http2Downstream>();

    protected override bool IsHead(Http2Stream stream) => false;

    protected override Http2Stream? Opened(scoped in Frame frame, out Http2Fault fault)
    {
        fault = default;
        if (!frame.OpensStream || frame.StreamId > _lastStream) return null;
        // Those that were reset are none of the client's any more, as far as their exchanges end soon.
        if (Open >= _limits.Streams || Active >= 2 * _limits.Streams)
        {
            fault = Http2Fault.Stream(frame.StreamId, Http2ErrorCode.RefusedStream, Refusal.TooManyStreams);
            return null;
        }

        _opening = _requests.Open(frame.StreamId);
        _opening.Open(this, frame.StreamId, _limits.Window, _limits.WriteTimeout);
        Add(_opening);
        _head = new Http2RequestReader(_requests.HeadOf(_opening), _limits.Head, allowsProtocol: true);
        return _opening;
    }

    protected override HpackFault DecodeHead(ReadOnlySpan<byte> fragment, bool last) => Decoder.Decode(fragment, last, ref _head);

    protected override Http2Fault EndHead(Http2Stream stream, bool endsStream, Http2Fault fault)
    {
        _opening = null;
        var opened = (Http2Downstream)stream;
        var result = fault.IsFault ? new HeadResult(HeadVerdict.Malformed, fault.Reason) : _head.End(endsStream, Decoder.IsOverLimit);
        _head = default;
        NoteWork();
        opened.Begin(_requests.HeadOf(opened), endsStream, result.Verdict == HeadVerdict.Understood);
        if (result.Verdict == HeadVerdict.Malformed) Reset(opened, Http2ErrorCode.ProtocolError, Refusal.None);
        LetWait(opened, result);
        return result.Verdict == HeadVerdict.Malformed && !Allows(FloodKind.StreamFault) ? FloodGuard.Fault : default;
    }

    protected override void OnPong()
    {
        if (_drainEnds != long.MaxValue) StopOpening();
    }

    protected override int HighestOfPeer => HighestStream;

    protected override void OnGoAway(int lastStream)
    {
    }

    protected override void OnTooSlow() => _isTooSlow = true;

    protected override void OnFault(Refusal reason) => _requests.Count(reason);

    protected override bool IsFinished => Active == 0 && (PeerLeaves || _lastStream != AnyStream);

    protected override Http2Fault Advance(out bool isDone)
    {
        isDone = true;
        if (_prefaceLeft > 0)
        {
            var fault = ReadPreface();
            if (fault.IsFault || _prefaceLeft > 0) return fault;
        }

        if (!RunRequests(all: false))
        {
            isDone = false;
            return default;
        }

        var frames = Frames;
        var broken = Process(out isDone);
        if (frames != Frames && !IsInBlock) _frameSince = Loop.Now;
        if (!broken.IsFault && !RunRequests(all: false)) isDone = false;
        return broken;
    }

    // Requests begin when all that was received has been looked at: one that its client has taken back by then costs its origin
    // nothing (CVE-2023-44487).
    private void LetWait(Http2Downstream stream, HeadResult result)
    {
        stream.Head = result;
        if (_lastToRun is null) _nextToRun = stream;
        else _lastToRun.NextToRun = stream;
        _lastToRun = stream;
    }

    // False: the turn is over, and some are left.
    private bool RunRequests(bool all)
    {
        while (_nextToRun is { } stream)
        {
            _nextToRun = stream.NextToRun;
            if (_nextToRun is null) _lastToRun = null;
            stream.NextToRun = null;
            _requests.Run(stream, stream.Head);
            if (!all && _nextToRun is not null && Loop.IsTurnOver) return false;
        }

        return true;
    }

    protected override void OnReceived(bool wasInFrame)
    {
        if (!wasInFrame) _frameSince = Loop.Now;
    }

    protected override long Deadline()
    {
        var deadline = IsInFrame || _prefaceLeft > 0 ? _frameSince + _limits.HeaderTimeout : (Active > 0 ? Loop.Now : _idleSince) + _limits.KeepAliveTimeout;
        return Math.Min(deadline, _lastStream == AnyStream ? _drainEnds : long.MaxValue);
    }

    protected override bool IsOver()
    {
        if (Loop.Now >= _drainEnds && _lastStream == AnyStream) StopOpening();
        if ((IsInFrame || _prefaceLeft > 0) && Loop.Now >= _frameSince + _limits.HeaderTimeout)
        {
            _requests.Count(Refusal.HeaderTimeout);
            SayGoodbye(Http2ErrorCode.NoError, Refusal.HeaderTimeout);
            return true;
        }

        if (Active > 0 || IsInFrame || Loop.Now < _idleSince + _limits.KeepAliveTimeout) return false;
        _requests.Count(Refusal.KeepAliveTimeout);
        SayGoodbye(Http2ErrorCode.NoError, Refusal.KeepAliveTimeout);
        return true;
    }

    // §3.4.
    private Http2Fault ReadPreface()
    {
        var expected = FrameReader.Preface[^_prefaceLeft..];
        var here = Math.Min(_prefaceLeft, Waiting);
        if (!Unread[..here].SequenceEqual(expected[..here])) return Http2Fault.Connection(Http2ErrorCode.ProtocolError, Refusal.BadFrame);
        Skip(here);
        _prefaceLeft -= here;
        return default;
    }

    // What was opened up to here is served, what comes later was not looked at.
    private void StopOpening()
    {
        if (_lastStream != AnyStream || IsLost) return;
        _lastStream = HighestStream;
        WriteGoAway(_lastStream, Http2ErrorCode.NoError, Refusal.None);
        if (Active == 0) Transport.InterruptReading();
    }
}
