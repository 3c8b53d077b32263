using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Proxy.Wire.Http2;
using Weir.Reactor;

namespace Weir.Proxy.Upstream;

/// <summary>An exchange's stream on a connection of HTTP/2 to an endpoint. LoopState; reused.</summary>
internal sealed class Http2Upstream(Loop loop, UpstreamPools pools) : Http2Stream(loop), IUpstream, IHttp2Response, IDisposable
{
    private readonly ResponseHead _later = new();
    private Http2ClientConnection _client = null!;
    private Exchange _exchange = null!;
    private ResponseHead? _reading;
    private ResponseHead? _ready;
    private HeadResult _failure;
    private long _headAt;
    private bool _isEntered;
    private bool _isPassingOn;

    public EndpointState Endpoint { get; private set; } = null!;

    public bool IsReused { get; private set; }

    public bool IsCancelled { get; private set; }

    public bool IsOpen => !IsReset && !_client.IsLost;

    public bool IsUntouched => !_isEntered || WasRefused || Id > _client.LastServed || _client.Output.IsUnsent(_headAt);

    public bool WasKept => _client.WasKept;

    public bool IsAnswering { get; private set; }

    public bool AwaitsHead { get; private set; }

    public Refusal BodyFault => Fault == Refusal.None ? Refusal.UnexpectedEndOfBody : Fault;

    protected override bool HasHead => _ready is not null;

    /// <summary>There is room for it on the connection; it gets its number with its head, since those have to rise.</summary>
    public void Reserve(Http2ClientConnection connection, EndpointState endpoint, Exchange x)
    {
        _client = connection;
        _exchange = x;
        Endpoint = endpoint;
        IsReused = connection.IsReused;
        IsCancelled = IsAnswering = _isEntered = _isPassingOn = false;
        AwaitsHead = true;
        _reading = _ready = null;
        _failure = default;
        connection.Reserve();
        Start(connection, 0, 0, 0);
    }

    public bool TryWriteHead(Exchange x, Endpoint endpoint)
    {
        // It was reserved before the endpoint went, or said that it looks at no more: nothing is sent, and another attempt is safe.
        if (_client.IsLost || _client.NextId > _client.LastServed)
        {
            Break(Refusal.None, byPeer: true);
            return true;
        }

        x.Response.Reset();
        Start(_client, _client.NextId, _client.Peer.InitialWindowSize, Http2ClientConnection.StreamWindow);
        if (IsCancelled) Interrupt();
        Trailers = x.ResponseTrailers.Fields;
        _headAt = _client.Output.Position;
        if (WriteBlock(new RequestBlock(x, endpoint), endStream: false) != WireResult.Ok) return false;
        _client.Enter(this);
        _isEntered = true;
        if (!x.HasBodyToSend) EndLocal();
        return true;
    }

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece) => WriteDataAsync(piece);

    /// <summary>What was written leaves at the end of the pass, with what other streams write.</summary>
    public ValueTask<WireResult> FlushAsync() => new(IsReset ? WireResult.Failed : WireResult.Ok);

    public ValueTask<WireResult> FinishBodyAsync(FieldTable? trailers) => FinishAsync(trailers);

    public void BeginHead(Exchange x)
    {
        _isPassingOn = false;
        if (_ready is null && _reading is null) x.Response.Reset();
    }

    public HeadStep TryReadHead(Exchange x, Cluster cluster, out Refusal refusal)
    {
        refusal = Refusal.None;
        if (_ready is { } head)
        {
            if (head == _later) Copy(_later, x.Response);
            _ready = null;
            _isPassingOn = true;
            return HeadStep.Head;
        }

        if (!IsReset) return HeadStep.Wait;
        refusal = Explain(x);
        return HeadStep.Failed;
    }

    /// <summary>What came of the body waits here. An empty one whose end has not come may have trailers, for which a known length has no place.</summary>
    public void BeginBody(ResponseHead response)
    {
        var mayHaveTrailers = !IsRemoteEnded || Trailers is { Count: > 0 };
        if (mayHaveTrailers && response.Framing == BodyFraming.Length && response.ContentLength == 0) response.Framing = BodyFraming.Chunked;
    }

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers) => TryReadBody(out piece);

    public void InterruptReading() => InterruptBody();

    public void Shrink(TextArena arena)
    {
    }

    /// <summary>Never called: what switches protocols goes by HTTP/1.</summary>
    public void BecomeTunnel()
    {
    }

    public void MoveTo(Exchange x) => _exchange = x;

    public void FinishSending()
    {
        if (!IsReset && !IsLocalEnded) EndLocal();
    }

    public void CancelWaits()
    {
        IsCancelled = true;
        Interrupt();
    }

    public void Release(Cluster cluster, UpstreamEnd end)
    {
        var connection = _client;
        if (_isEntered) connection.Close(this, Http2ErrorCode.Cancel);
        else connection.Unreserve();
        Forget();
        _later.Reset();
        (_client, _exchange, Endpoint) = (null!, null!, null!);
        pools.ReturnStream(this);
    }

    public Http2ResponseReader BeginHead()
    {
        // The exchange may be passing on the interim response before: it keeps that one until it asks for the next.
        _reading = _isPassingOn ? _later : _exchange.Response;
        if (_ready == _reading) _ready = null;
        _reading.Reset();
        IsAnswering = true;
        return new Http2ResponseReader(_reading, _exchange.Request.Method, new Http1Limits { Fields = 1000 });
    }

    public void EndHead(HeadResult result, Refusal detail, bool endsStream)
    {
        var head = _reading!;
        _reading = null;
        if (result.Verdict != HeadVerdict.Understood)
        {
            _failure = result;
            _exchange.Detail = detail;
            return;
        }

        _ready = head;
        if (head.Status >= 200)
        {
            AwaitsHead = false;
            BeginBody(head.Framing, head.ContentLength, endsStream);
        }

        WakeReader();
    }

    public void Dispose() => _later.Dispose();

    protected override void OnBroken()
    {
    }

    // Why there will be no head.
    private Refusal Explain(Exchange x)
    {
        if (_failure.Verdict != HeadVerdict.Understood) return _failure.Refusal;
        var broken = Fault != Refusal.None ? Fault : _client.IsLost || _client.IsEnding ? _client.Reason : Refusal.None;
        if (broken != Refusal.None)
        {
            x.Detail = broken;
            return Refusal.UpstreamBadResponse;
        }

        return _client.IsLost && !_client.IsBroken ? Refusal.UpstreamClosed : Refusal.UpstreamReset;
    }

    private static void Copy(ResponseHead from, ResponseHead to)
    {
        to.Reset();
        to.Fields.TryCopyFrom(from.Fields);
        (to.Version, to.Status, to.Framing, to.ContentLength, to.KeepAlive) = (from.Version, from.Status, from.Framing, from.ContentLength, from.KeepAlive);
    }
}
