using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>A client's HTTP/1 connection as exchanges see it. LoopState; reused for all exchanges of the connection.</summary>
internal sealed class Http1Downstream(Loop loop, DateCache date) : IDownstream
{
    private HttpVersion _version;
    private long _sentBefore;

    public Http1Reader Reader { get; } = new(loop.Buffers);

    public Http1Output Output { get; } = new(loop.Buffers);

    public Transport Transport { get; private set; } = null!;

    /// <summary>After this exchange the connection takes another.</summary>
    public bool KeepAlive { get; private set; }

    /// <summary>The connection is to be reset, by <see cref="Abort"/>.</summary>
    public bool IsLost { get; private set; }

    public bool IsBodyEnded => Reader.IsBodyEnded;

    public Refusal BodyFault => Reader.IsReset ? Refusal.ClientGone : Reader.Fault;

    public long BodyBytes => Reader.BodyBytes;

    public long BytesSent => Output.BytesSent - _sentBefore;

    public Transport? Socket => Transport;

    public PeerAddress LocalAddress() => Transport.LocalAddress();

    public bool CanTunnel => true;

    public void Attach(Transport transport)
    {
        Transport = transport;
        IsLost = false;
        Reader.Attach(transport);
        Output.Attach(transport);
    }

    /// <summary>A request's head was parsed, or refused.</summary>
    public void Begin(RequestHead head, int headLength)
    {
        _version = head.Version;
        _sentBefore = Output.BytesSent;
        KeepAlive = head.KeepAlive;
        Reader.BeginBody(headLength, head.Framing, head.ContentLength);
    }

    /// <summary>The head was refused: nothing after it can be understood.</summary>
    public void BeginRefused(HttpVersion version)
    {
        _version = version;
        _sentBefore = Output.BytesSent;
        KeepAlive = false;
        Reader.BeginBody(0, BodyFraming.None, 0);
    }

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers) => Reader.TryRead(out piece, trailers);

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WaitResult> WaitForBodyAsync(long deadline) => await Transport.Readable(deadline);

    public void InterruptBody() => Transport.InterruptReading();

    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head)
    {
        if (_version != HttpVersion.Http11) return new ValueTask<WireResult>(WireResult.Ok);
        var options = new ResponseWriteOptions { Framing = BodyFraming.None };
        return TryWriteHead(head, options) ? Output.FlushAsync() : new ValueTask<WireResult>(WireResult.Failed);
    }

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close)
        => ResponseShape.Of(head, toHead, close || !KeepAlive, _version == HttpVersion.Http11 ? BodyFraming.Chunked : BodyFraming.UntilClose);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape)
    {
        if (shape.Close) KeepAlive = false;
        Output.BeginBody(shape.HasBody ? shape.Framing : BodyFraming.None);
        var isWritten = TryWriteHead(head, new ResponseWriteOptions
        {
            Framing = shape.Framing,
            ContentLength = shape.ContentLength,
            Close = shape.Close,
            SayKeepAlive = _version == HttpVersion.Http10,
            Date = date,
        });
        return new ValueTask<WireResult>(isWritten ? WireResult.Ok : WireResult.Refused);
    }

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece) => Output.WriteBodyAsync(piece);

    public void CountSpliced(int bytes) => Output.CountSpliced(bytes);

    public ValueTask<WireResult> FlushAsync() => Output.FlushAsync();

    public ValueTask<WireResult> FinishAsync(FieldTable? trailers) => Output.FinishBodyAsync(trailers);

    public void Abort()
    {
        IsLost = true;
        KeepAlive = false;
        // The connection's own method closes; whoever waits on the socket is told first.
        Transport.CancelWaits();
    }

    public ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol)
    {
        KeepAlive = false;
        if (!TryWriteHead(head, new ResponseWriteOptions { Upgrade = protocol.Span, Date = date })) return new ValueTask<WireResult>(WireResult.Failed);
        Output.BeginBody(BodyFraming.UntilClose);
        Reader.BecomeTunnel();
        return Output.FlushAsync();
    }

    public void EndTunnel() => Transport.FinishSending();

    /// <summary>Gives back what an exchange left; for the end of the connection.</summary>
    public void Release()
    {
        Reader.Release();
        Output.Release();
    }

    private bool TryWriteHead(ResponseHead head, in ResponseWriteOptions options)
    {
        for (var size = BufferSize.Tiny; size <= BufferSize.Large; size++)
        {
            var writer = new HeadWriter(Output.Reserve(BufferPool.Capacity(size) / 2));
            Http1Writer.WriteResponse(ref writer, head, null, options);
            var outcome = writer.End(out var written);
            if (outcome == WriteOutcome.Written)
            {
                Output.Commit(written);
                return true;
            }

            if (outcome == WriteOutcome.Invalid) return false;
        }

        return false;
    }
}
