using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.GrpcWeb;
using Weir.Http.Messages;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>
/// A client of gRPC-Web, as one of gRPC: the request's base64 is taken off, and the response's trailers become the last message of its
/// body, in base64 where the client wants it so. What comes goes on at once; of a quantum's or a prefix's bytes only a few are ever kept.
/// LoopState; reused.
/// </summary>
internal sealed class GrpcWebDownstream(BufferPool buffers) : IDownstream
{
    private IDownstream _client = null!;
    private Exchange _exchange = null!;
    private Base64Decoder _decoder;
    private Base64Encoder _encoder;
    private MessageBoundaries _asked;
    private MessageBoundaries _answered;
    private BodyPiece _undecoded;
    private Lease _decoded;
    private Refusal _fault;
    private bool _decodes;
    private bool _encodes;
    private bool _isAnswer;
    private bool _saysStatus;

    public bool IsBodyEnded { get; private set; }

    public Refusal BodyFault => _fault == Refusal.None ? _client.BodyFault : _fault;

    /// <summary>As the client sent them: limits are of what comes.</summary>
    public long BodyBytes => _client.BodyBytes;

    public long BytesSent => _client.BytesSent;

    /// <summary>None: what is spliced would not be translated.</summary>
    public Transport? Socket => null;

    public PeerAddress LocalAddress() => _client.LocalAddress();

    public bool CanTunnel => _client.CanTunnel;

    private static ReadOnlySpan<byte> NoStatus => "grpc-status: 2\r\ngrpc-message: weir: the origin gave no grpc-status\r\n"u8;

    /// <summary>From here to <see cref="Forget"/> it stands in the client's place.</summary>
    public void Begin(IDownstream client, Exchange exchange, bool decodes, bool encodes)
    {
        (_client, _exchange, _decodes, _encodes) = (client, exchange, decodes, encodes);
        (_decoder, _encoder, _asked, _answered) = (default, default, default, default);
        _fault = Refusal.None;
        _isAnswer = _saysStatus = false;
        IsBodyEnded = client.IsBodyEnded;
    }

    /// <summary>The response that follows is one of gRPC. <paramref name="saysStatus"/>: its head has the call's status.</summary>
    public void BeginAnswer(bool saysStatus) => (_isAnswer, _saysStatus) = (true, saysStatus);

    public void Forget()
    {
        buffers.Return(ref _decoded);
        _undecoded = default;
        (_client, _exchange) = (null!, null!);
    }

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers)
    {
        piece = default;
        if (_fault != Refusal.None) return BodyStep.Fault;
        while (!IsBodyEnded)
        {
            if (_undecoded.Length == 0)
            {
                var step = _client.TryReadBody(out _undecoded, null);
                if (step == BodyStep.End) return EndBody();
                if (step != BodyStep.Piece)
                {
                    buffers.Return(ref _decoded);
                    return step;
                }
            }

            if (!TryTranslate(out piece)) return Fail();
            if (piece.Length == 0) continue;
            _asked.Follow(piece.Span);
            // Trailers are what a client does not have.
            return _asked.HasTrailers ? Fail() : BodyStep.Piece;
        }

        return BodyStep.End;
    }

    public ValueTask<WaitResult> WaitForBodyAsync(long deadline) => _client.WaitForBodyAsync(deadline);

    public void InterruptBody() => _client.InterruptBody();

    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head) => _client.WriteInterimAsync(head);

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close) => _client.Shape(head, toHead, close);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape) => _client.WriteHeadAsync(head, shape);

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece)
    {
        if (!_isAnswer) return _client.WriteBodyAsync(piece);
        _answered.Follow(piece.Span);
        return WritePieceAsync(piece);
    }

    /// <summary>Padded where a message ends, so that none waits for the next; within one nobody could use what is left over.</summary>
    public ValueTask<WireResult> FlushAsync() => _encoder.IsWhole || !_answered.IsBetween ? _client.FlushAsync() : PadAndFlushAsync();

    public ValueTask<WireResult> FinishAsync(FieldTable? trailers) => _isAnswer ? FinishAnswerAsync(trailers) : _client.FinishAsync(trailers);

    public void Abort() => _client.Abort();

    /// <summary>Never called: there is no socket.</summary>
    public void CountSpliced(int bytes)
    {
    }

    public ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol) => _client.SwitchProtocolAsync(head, protocol);

    public void EndTunnel() => _client.EndTunnel();

    private unsafe bool TryTranslate(out BodyPiece piece)
    {
        piece = _undecoded;
        if (!_decodes)
        {
            _undecoded = default;
            return true;
        }

        if (_decoded.IsEmpty) _decoded = buffers.Rent(piece.Length <= BufferPool.Capacity(BufferSize.Tiny) ? BufferSize.Tiny : BufferSize.Small);
        if (!_decoder.TryDecode(piece.Span, new Span<byte>(_decoded.Pointer, _decoded.Capacity), out var consumed, out var written)) return false;
        _undecoded = piece[consumed..];
        piece = new BodyPiece(_decoded.Pointer, written);
        return true;
    }

    private BodyStep EndBody()
    {
        buffers.Return(ref _decoded);
        if (!_decoder.IsWhole || !_asked.IsBetween) return Fail();
        // gRPC-Web has none: what came is nobody's.
        _exchange.RequestTrailers.Reset();
        IsBodyEnded = true;
        return BodyStep.End;
    }

    private BodyStep Fail()
    {
        buffers.Return(ref _decoded);
        _undecoded = default;
        _fault = Refusal.BadGrpcWeb;
        return BodyStep.Fault;
    }

    private ValueTask<WireResult> WritePieceAsync(BodyPiece piece) => _encodes ? EncodeAsync(piece) : _client.WriteBodyAsync(piece);

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> EncodeAsync(BodyPiece piece)
    {
        var room = Math.Min(Base64Encoder.RoomFor(piece.Length), BufferPool.Capacity(BufferSize.Medium));
        var encoded = buffers.Rent(BufferPool.SizeFor((int)room));
        var result = WireResult.Ok;
        while (piece.Length > 0 && result == WireResult.Ok) result = await _client.WriteBodyAsync(Encode(ref piece, encoded));
        buffers.Return(ref encoded);
        return result;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> PadAndFlushAsync()
    {
        var padded = await PadAsync();
        return padded == WireResult.Ok ? await _client.FlushAsync() : padded;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> PadAsync()
    {
        if (_encoder.IsWhole) return WireResult.Ok;
        var padded = buffers.Rent(BufferSize.Tiny);
        var result = await _client.WriteBodyAsync(Pad(padded));
        buffers.Return(ref padded);
        return result;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> FinishAnswerAsync(FieldTable? trailers)
    {
        // What would follow would be taken for the rest of the message.
        if (!_answered.IsBetween) return Refuse(Refusal.UpstreamBodyTruncated);
        var hasStatus = _saysStatus || (trailers is not null && trailers.IndexOf("grpc-status"u8) >= 0);
        var length = TrailerFrame.LengthOf(trailers, hasStatus ? default : NoStatus);
        if (length > BufferPool.Capacity(BufferSize.Large)) return Refuse(Refusal.UpstreamHeaderTooLarge);
        var frame = buffers.Rent(BufferPool.SizeFor((int)length));
        var result = await WritePieceAsync(WriteTrailers(frame, trailers, hasStatus));
        buffers.Return(ref frame);
        if (result == WireResult.Ok) result = await PadAsync();
        return result == WireResult.Ok ? await _client.FinishAsync(null) : result;
    }

    private WireResult Refuse(Refusal reason)
    {
        _exchange.Refuse(reason);
        return WireResult.Refused;
    }

    private unsafe BodyPiece Encode(ref BodyPiece piece, Lease to)
    {
        _encoder.Encode(piece.Span, new Span<byte>(to.Pointer, to.Capacity), out var consumed, out var written);
        piece = piece[consumed..];
        return new BodyPiece(to.Pointer, written);
    }

    private unsafe BodyPiece Pad(Lease to) => new(to.Pointer, _encoder.Pad(new Span<byte>(to.Pointer, to.Capacity)));

    private static unsafe BodyPiece WriteTrailers(Lease to, FieldTable? trailers, bool hasStatus)
        => new(to.Pointer, TrailerFrame.Write(new Span<byte>(to.Pointer, to.Capacity), trailers, hasStatus ? default : NoStatus));
}
