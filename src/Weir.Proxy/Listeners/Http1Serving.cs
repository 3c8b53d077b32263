using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Listeners;

/// <summary>
/// Serves a client's connection as HTTP/1: reads a head, runs the exchange, and goes on to the next. Idle, it holds neither buffer nor
/// exchange. LoopState; reused.
/// </summary>
internal sealed class Http1Serving(ClientConnection client, Door door) : IServing
{
    private readonly Http1Downstream _downstream = new(door.Owner.Loop, door.Owner.Date);
    private Transport _transport = null!;
    private Exchange? _exchange;
    private Exchange? _running;
    private ConnectionEnd _end;
    private bool _isIdle;
    private bool _isEarly;
    private int _requests;

    private bool MoreIsHere => _downstream.Reader.HasUnread || _transport.MayBeReadable;

    /// <summary>Ends the wait for a next request.</summary>
    public void CloseIfIdle()
    {
        if (_isIdle) _transport.InterruptReading();
    }

    public void CloseSoon()
    {
        if (_running is not null) _running.IsLastOfConnection = true;
    }

    public void CutOff() => _running?.CutOff();

    /// <summary>
    /// To the connection's end, or up to a client that turns out to speak HTTP/2. Given a refusal, what came is no head that could be
    /// read, but there is somebody to be told.
    /// </summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<ConnectionEnd> RunAsync(Transport transport, Refusal known = Refusal.None)
    {
        _transport = transport;
        _requests = 0;
        _isEarly = false;
        _end = ConnectionEnd.Close;
        _downstream.Attach(transport);
        if (known != Refusal.None) _exchange = client.BeginExchange(_downstream, isEarly: false);
        try
        {
            while (await ServeOneAsync(known))
                if (MoreIsHere && door.Owner.Loop.IsTurnOver) await door.Owner.Loop.Yield();
        }
        catch (Exception fault)
        {
            door.Owner.ReportFault(fault, door.Listener.Name);
            // What was begun must not be met by the next connection that this object serves.
            _exchange?.End();
            _exchange = null;
            _downstream.Abort();
        }

        if (_end == ConnectionEnd.Http2) return _end;
        _downstream.Release();
        return _downstream.IsLost ? ConnectionEnd.Reset : _end;
    }

    /// <summary>What came of a connection of HTTP/2; the caller's.</summary>
    public Lease TakeReceived()
    {
        var received = _downstream.Reader.Head;
        _downstream.Reader.Head = default;
        _downstream.Release();
        return received;
    }

    // True: the connection takes another request. Given a refusal, what came is no head that could be read, but there is somebody to be told.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> ServeOneAsync(Refusal known)
    {
        var head = known == Refusal.None ? await ReadHeadAsync() : ParseResult.Refuse(known);
        var x = _exchange;
        if (x is null || _end == ConnectionEnd.Http2) return false;
        _exchange = null;
        _downstream.Output.Timeout = x.ListenerModel.WriteTimeout;
        if (head.Refusal == Refusal.ClientGone)
        {
            // Part of a head came and then the end: nobody is there to be answered.
            x.Refuse(Refusal.ClientGone);
            x.ClientLeft();
            _downstream.BeginRefused(HttpVersion.Http11);
        }
        else if (head.Refusal != Refusal.None)
        {
            x.Refuse(head.Refusal);
            x.MustClose = true;
            x.IsAborted = IsNoHttp(head.Refusal);
            _downstream.BeginRefused(x.Request.Version);
        }
        else if (client.RefuseIfTurnedAway(x))
        {
            x.MustClose = true;
            _downstream.BeginRefused(x.Request.Version);
        }
        else
        {
            _downstream.Begin(x.Request, head.Consumed);
            // RFC 9110 §7.4: a host whose certificate this is not, though the listener has one for it.
            if (_transport.IsMisdirected(door.Listener.Tls?.Server, x.Request.HostSpan)) x.Refuse(Refusal.MisdirectedRequest);
        }

        x.Times.HeadRead = x.Clock;
        _requests++;
        x.IsLastOfConnection = door.IsStopped || (door.Listener.RequestsPerConnection > 0 && _requests >= door.Listener.RequestsPerConnection);
        _running = x;
        _transport.Observer = x;
        bool reset;
        try
        {
            await Pipeline.RunAsync(x);
        }
        finally
        {
            _transport.Observer = null;
            _running = null;
            reset = x.IsAborted;
            x.End();
        }

        if (_downstream.IsLost || reset)
        {
            if (reset) _downstream.Abort();
            return false;
        }

        if (_downstream.KeepAlive && DrainBody()) return true;
        // With nothing unread a close resets nothing; after a head that was refused the rest of it may be on its way.
        if (!_downstream.IsBodyEnded || (MoreIsHere && !_transport.IsSilent()) || head.Refusal != Refusal.None || client.TurnedAway != Refusal.None) _end = ConnectionEnd.Linger;
        return false;
    }

    // Leaves the exchange in its field when a byte of a request has come. Without: the connection ended between requests.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<ParseResult> ReadHeadAsync()
    {
        var loop = door.Owner.Loop;
        var reader = _downstream.Reader;
        var listener = door.Listener;
        reader.EndMessage();
        // What came together with an early request is as early.
        var wasHere = reader.Head.Available > 0;
        var state = default(Http1ParseState);
        var deadline = loop.Now + (_requests == 0 ? client.Patience(listener.HeaderTimeout) : listener.KeepAliveTimeout);
        while (true)
        {
            if (reader.Head.Available > 0)
            {
                door.Owner.Mark(TurnSteps.Head);
                if (_exchange is null)
                {
                    // From here on the limits are those of the exchange: a reload in the middle of a head does not change them.
                    _isEarly = _transport.IsEarly || (_isEarly && wasHere);
                    listener = door.Listener;
                    _exchange = client.BeginExchange(_downstream, _isEarly);
                    deadline = loop.Now + client.Patience(listener.HeaderTimeout);
                }

                var preface = _requests == 0 && listener.TakesHttp2 && !_transport.IsSecure ? LookForPreface() : Preface.No;
                if (preface == Preface.Yes) return BecomeHttp2();
                var result = preface == Preface.Perhaps ? ParseResult.NeedMore : Parse(listener, ref state);
                if (result.Outcome != ParseOutcome.NeedMore) return result;
            }

            var received = reader.ReceiveHead(listener.HeadLimits.Head, BufferSize.Tiny);
            if (received > 0) continue;
            if (received != Transport.WouldBlock) return ParseResult.Refuse(Refusal.ClientGone);

            if (_exchange is null && (door.Owner.Draining || door.IsStopped)) return default;
            _isIdle = _exchange is null;
            var wait = await _transport.Readable(deadline);
            _isIdle = false;
            if (wait == WaitResult.Ready) continue;
            if (wait == WaitResult.TimedOut && _exchange is null) door.Owner.Refusals[(int)Refusal.KeepAliveTimeout]++;
            return ParseResult.Refuse(wait == WaitResult.TimedOut ? Refusal.HeaderTimeout : Refusal.ClientGone);
        }
    }

    // RFC 9113 §3.3: without TLS, a client that knows that HTTP/2 is spoken here begins with it.
    private Preface LookForPreface()
    {
        var here = _downstream.Reader.Head.Data;
        if (here.Length >= FrameReader.Preface.Length) return here.StartsWith(FrameReader.Preface) ? Preface.Yes : Preface.No;
        return FrameReader.Preface.StartsWith(here) ? Preface.Perhaps : Preface.No;
    }

    // Who has neither a method nor a version that anybody knows would not understand a reply of HTTP/1; a client of HTTP/2 that begins wrongly
    // would take it for a frame.
    private bool IsNoHttp(Refusal refusal)
    {
        if (_requests > 0 || refusal != Refusal.BadVersion) return false;
        var line = _downstream.Reader.Head.Data;
        line = line[..Math.Max(0, line.IndexOf((byte)'\n'))];
        var method = line[..Math.Max(0, line.IndexOf((byte)' '))];
        return line.Count((byte)' ') == 2 && Methods.Find(method) == HttpMethod.Other && line.IndexOf("HTTP/"u8) < 0;
    }

    private ParseResult BecomeHttp2()
    {
        _exchange!.End();
        _exchange = null;
        _end = ConnectionEnd.Http2;
        return default;
    }

    private unsafe ParseResult Parse(Listener listener, ref Http1ParseState state)
        => RequestParser.Parse(_exchange!.Request, _downstream.Reader.HeadPointer, _downstream.Reader.Head.Available, listener.HeadLimits, ref state);

    // A small rest of a body that is here already is skipped; more is not waited for.
    private bool DrainBody()
    {
        while (!_downstream.IsBodyEnded)
        {
            var step = _downstream.TryReadBody(out _, null);
            if (step is BodyStep.Wait or BodyStep.Fault || _downstream.BodyBytes > ClientConnection.MaxDrained) return false;
        }

        return true;
    }

    private enum Preface : byte { No, Perhaps, Yes }
}
