using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Proxy.Wire.Http2;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>Serves a client's connection as HTTP/2: each request is an exchange with a method of its own. LoopState; for one connection.</summary>
internal sealed class Http2Serving : IServing, IHttp2Requests, IDisposable
{
    private readonly ClientConnection _client;
    private readonly Door _door;
    private readonly Transport _transport;
    private readonly Http2ServerConnection _connection;
    private int _requests;

    public Http2Serving(ClientConnection client, Door door, Transport transport)
    {
        _client = client;
        _door = door;
        _transport = transport;
        var listener = door.Listener;
        var limits = new Http2ServerLimits(listener.HeadLimits, listener.MaxStreams, listener.StreamWindow, client.Patience(listener.HeaderTimeout), client.Patience(listener.KeepAliveTimeout), listener.WriteTimeout);
        _connection = new Http2ServerConnection(door.Owner.Loop, transport, limits, this);
    }

    /// <summary>To the connection's end. False: it failed, and is to be reset.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(Lease received) => await _connection.RunAsync(received);

    public void CloseIfIdle() => _connection.CloseIfIdle();

    public void CloseSoon() => _connection.Drain();

    public void CutOff()
    {
        foreach (var stream in _connection.Requests) stream.Exchange?.CutOff();
    }

    public Http2Downstream Open(int streamId)
    {
        var stream = _door.Owner.RentStream();
        // The snapshot is taken here: a reload in the middle of a head does not change what the request runs on.
        stream.Exchange = _client.BeginExchange(stream, _transport.IsEarly);
        stream.Trailers = stream.Exchange.RequestTrailers.Fields;
        return stream;
    }

    public RequestHead HeadOf(Http2Downstream stream) => stream.Exchange!.Request;

    public void Run(Http2Downstream stream, HeadResult result)
    {
        var x = stream.Exchange!;
        x.Times.HeadRead = x.Clock;
        _requests++;
        if (result.Verdict != HeadVerdict.Understood) x.Refuse(result.Refusal);
        // RFC 9113 §8.1.1: what is malformed is reset, and nobody is answered.
        if (result.Verdict == HeadVerdict.Malformed) x.IsAborted = true;
        // RFC 9110 §7.4: a host whose certificate this is not, though the listener has one for it.
        else if (!_client.RefuseIfTurnedAway(x) && result.Verdict == HeadVerdict.Understood && _transport.IsMisdirected(_door.Listener.Tls?.Server, x.Request.HostSpan)) x.Refuse(Refusal.MisdirectedRequest);
        if (_door.IsStopped || _client.TurnedAway != Refusal.None || (_door.Listener.RequestsPerConnection > 0 && _requests >= _door.Listener.RequestsPerConnection)) _connection.Drain();
        _ = ServeAsync(stream, x);
    }

    public void Drop(Http2Downstream stream) => Release(stream, stream.Exchange!);

    public void Count(Refusal reason) => _door.Owner.Refusals[(int)reason]++;

    /// <summary>After <see cref="RunAsync"/>.</summary>
    public void Dispose() => _connection.Dispose();

    private async Detached ServeAsync(Http2Downstream stream, Exchange x)
    {
        try
        {
            await Pipeline.RunAsync(x);
        }
        catch (Exception fault)
        {
            _door.Owner.ReportFault(fault, _door.Listener.Name);
        }

        if (!stream.IsLocalEnded) _connection.Reset(stream, Http2ErrorCode.InternalError, Refusal.None);
        _connection.Close(stream);
        Release(stream, x);
    }

    private void Release(Http2Downstream stream, Exchange x)
    {
        stream.Exchange = null;
        stream.Forget();
        x.End();
        _door.Owner.ReturnStream(stream);
    }
}
