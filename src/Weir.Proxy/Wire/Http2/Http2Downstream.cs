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
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire.Http2;

/// <summary>A request of a client of HTTP/2, as its exchange sees it. LoopState; reused.</summary>
internal sealed class Http2Downstream(Loop loop, DateCache date) : Http2Stream(loop), IDownstream
{
    private Http2ServerConnection _server = null!;
    private bool _awaitsSwitch;

    /// <summary>What goes on with it; null before and after.</summary>
    public Exchange? Exchange { get; set; }

    /// <summary>What its head was understood as, while it waits for its turn.</summary>
    public HeadResult Head { get; set; }

    /// <summary>Whose turn it is after this one's.</summary>
    public Http2Downstream? NextToRun { get; set; }

    public Refusal BodyFault => Fault == Refusal.None ? Refusal.ClientGone : Fault;

    public Transport? Socket => null;

    public PeerAddress LocalAddress() => _server.Transport.LocalAddress();

    public bool CanTunnel => true;

    public void Open(Http2ServerConnection connection, int id, int receiveWindow, int timeout)
    {
        Start(connection, id, connection.Peer.InitialWindowSize, receiveWindow);
        _server = connection;
        Timeout = timeout;
    }

    /// <summary>The request's head has come. Of one that was not understood nobody knows what body follows.</summary>
    public void Begin(RequestHead head, bool isEnded, bool isUnderstood)
    {
        var framing = head.WantsUpgrade || !isUnderstood ? BodyFraming.UntilClose : head.Framing;
        _awaitsSwitch = head.WantsUpgrade;
        BeginBody(framing, head.ContentLength, isEnded);
        if (head.Fields.IndexOf("priority"u8) is >= 0 and var at) SetPriority(Priority.Parse(head.Fields.Value(at)));
    }

    /// <summary>
    /// The body was read to its end, or there is none: that the end has come is not enough, since the origin has to be told of it. What
    /// follows a request to switch is not its body.
    /// </summary>
    public new bool IsBodyEnded => _awaitsSwitch || base.IsBodyEnded;

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers)
    {
        if (!_awaitsSwitch) return TryReadBody(out piece);
        piece = default;
        return BodyStep.End;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WaitResult> WaitForBodyAsync(long deadline) => await Readable(deadline);

    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head)
        => WriteBlockAsync(new HeadBlock(head, new ResponseShape(BodyFraming.None, 0, false, false), null), endStream: false);

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close) => ResponseShape.Of(head, toHead, false, BodyFraming.Chunked);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape)
        => WriteBlockAsync(new HeadBlock(head, shape, date), endStream: !shape.HasBody);

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece) => WriteDataAsync(piece);

    /// <summary>What was written leaves at the end of the pass, with what other streams write.</summary>
    public ValueTask<WireResult> FlushAsync() => new(IsReset ? WireResult.Failed : WireResult.Ok);

    public void Abort()
    {
        if (!IsLocalEnded) _server.Reset(this, Http2ErrorCode.InternalError, Refusal.None);
    }

    /// <summary>Never called: there is no socket.</summary>
    public void CountSpliced(int bytes)
    {
    }

    /// <summary>RFC 8441 §5: a 200 says what 101 says in HTTP/1.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol)
    {
        _awaitsSwitch = false;
        head.Status = 200;
        head.Fields.Remove(FieldSet.Of(KnownField.Upgrade, KnownField.SecWebSocketAccept));
        return await WriteHeadAsync(head, new ResponseShape(BodyFraming.UntilClose, 0, true, false));
    }

    public void EndTunnel()
    {
        if (!IsReset && !IsLocalEnded) EndLocal();
    }

    protected override void OnBroken()
    {
        if (Fault != Refusal.None) Exchange?.Refuse(Fault);
        if (IsResetByPeer || Fault != Refusal.None) Exchange?.ClientLeft();
    }

    private readonly struct HeadBlock(ResponseHead head, ResponseShape shape, DateCache? date) : IFieldBlock
    {
        public void Write(ref HpackWriter writer)
            => Http2Writer.WriteResponse(ref writer, head, null, new ResponseWriteOptions { Framing = shape.Framing, ContentLength = shape.ContentLength, Date = date });
    }
}
