using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>How a response is to be written to a client, apart from its head.</summary>
internal readonly record struct ResponseShape(BodyFraming Framing, long ContentLength, bool HasBody, bool Close)
{
    /// <summary>Of a response with this head. <paramref name="unknown"/>: how this client is told the end of a body whose length is not known.</summary>
    public static ResponseShape Of(ResponseHead head, bool toHead, bool close, BodyFraming unknown)
    {
        // RFC 9110 §6.4.1: these end with their head, whatever they say.
        if (toHead || head.Status is 204 or 304)
            return new ResponseShape(head.ContentLength >= 0 && head.Status != 204 ? BodyFraming.Length : BodyFraming.None, head.ContentLength, false, close);
        if (head.Framing is BodyFraming.Length or BodyFraming.None)
            return new ResponseShape(BodyFraming.Length, Math.Max(0, head.ContentLength), head.ContentLength > 0, close);
        return new ResponseShape(unknown, 0, true, close || unknown == BodyFraming.UntilClose);
    }
}

/// <summary>
/// The side that an exchange came from. Three kinds: an HTTP/1 connection, a stream of HTTP/2, a caller in this process; for a client of
/// gRPC-Web a <see cref="GrpcWebDownstream"/> stands before one of them, and a tap where requests are copied. A copy has a side of its own, with nobody behind it.
/// All members on the exchange's loop. Reading and writing may go on at the same time, each by one method.
/// </summary>
internal interface IDownstream
{
    /// <summary>The next piece of the request's body.</summary>
    BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers);

    /// <summary>After <see cref="BodyStep.Wait"/>.</summary>
    ValueTask<WaitResult> WaitForBodyAsync(long deadline);

    /// <summary>Ends a wait for body that another method is in.</summary>
    void InterruptBody();

    /// <summary>All of the request's body was read, or there is none.</summary>
    bool IsBodyEnded { get; }

    /// <summary>After <see cref="BodyStep.Fault"/>.</summary>
    Refusal BodyFault { get; }

    long BodyBytes { get; }

    /// <summary>Sends an interim response (1xx, not 101); a client that cannot take one is spared it.</summary>
    ValueTask<WireResult> WriteInterimAsync(ResponseHead head);

    /// <summary>How a response is framed for this client. <paramref name="close"/>: the exchange cannot be followed by another.</summary>
    ResponseShape Shape(ResponseHead head, bool toHead, bool close);

    /// <summary>Gathers the head; nothing is sent before the first large piece or a flush. Refused: it is larger than can be sent, or says what must not be.</summary>
    ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape);

    ValueTask<WireResult> WriteBodyAsync(BodyPiece piece);

    ValueTask<WireResult> FlushAsync();

    /// <summary>Ends the body, with trailers where the protocol has a place for them.</summary>
    ValueTask<WireResult> FinishAsync(FieldTable? trailers);

    /// <summary>What the client got is not all, and it must see that: the connection or stream is reset.</summary>
    void Abort();

    /// <summary>Bytes of the body were spliced to <see cref="Socket"/>.</summary>
    void CountSpliced(int bytes);

    /// <summary>Bytes of this exchange's response sent, heads included.</summary>
    long BytesSent { get; }

    /// <summary>The socket, when bytes may be spliced to it; else null.</summary>
    Transport? Socket { get; }

    /// <summary>Where the client connected to; of a caller in this process it is loopback, port 0.</summary>
    PeerAddress LocalAddress();

    /// <summary>It can become a tunnel.</summary>
    bool CanTunnel { get; }

    /// <summary>Switches to a tunnel: answers 101 with this head, or what stands for it; afterwards every byte is body, in both directions.</summary>
    ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol);

    /// <summary>No more comes from the origin: the client is told, and may go on sending.</summary>
    void EndTunnel();
}
