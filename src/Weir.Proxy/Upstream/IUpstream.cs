using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>What a look for a response's head gives.</summary>
internal enum HeadStep : byte
{
    /// <summary>Nothing yet: wait until there is something to read.</summary>
    Wait,

    /// <summary>The exchange has it.</summary>
    Head,

    /// <summary>There will be none; the refusal says why.</summary>
    Failed,
}

/// <summary>How an exchange lets go of what it reached an endpoint by.</summary>
internal enum UpstreamEnd : byte
{
    /// <summary>All of the request was sent and all of the response read: it may serve another.</summary>
    Complete,

    /// <summary>It is of no use any more, and nobody is to be told of a loss.</summary>
    Close,

    /// <summary>What was sent is not to be taken for complete.</summary>
    Abort,

    /// <summary>It was kept from an exchange before, and turned out to be closed: those that were kept as long will be too.</summary>
    Stale,
}

/// <summary>
/// An exchange's way to an endpoint: a connection of HTTP/1, or a stream of HTTP/2. One request is sent and its response read, by one method
/// each, which may go on at the same time. LoopState.
/// </summary>
internal interface IUpstream
{
    EndpointState Endpoint { get; }

    /// <summary>It carried an exchange before this one, so it may turn out to be closed.</summary>
    bool IsReused { get; }

    /// <summary>Its waits were called off.</summary>
    bool IsCancelled { get; }

    /// <summary>As far as can be told without sending, it is still open.</summary>
    bool IsOpen { get; }

    /// <summary>Not a byte of the request has left, or the endpoint said that it did not look at it: it may be sent again.</summary>
    bool IsUntouched { get; }

    /// <summary>Where it ended without a response: it had served before. That it ended is no sign of an endpoint in need of a pause.</summary>
    bool WasKept { get; }

    /// <summary>The first byte of the response's head is here.</summary>
    bool IsAnswering { get; }

    /// <summary>A send that makes no progress for so many milliseconds fails.</summary>
    int Timeout { set; }

    /// <summary>Gathers the request's head, with this attempt's edits. False when it cannot be written: it is larger than any buffer, or says what must not be.</summary>
    bool TryWriteHead(Exchange x, Endpoint endpoint);

    /// <summary>Sends a piece of the request's body. Small pieces may stay here until the next flush.</summary>
    ValueTask<WireResult> WriteBodyAsync(BodyPiece piece);

    ValueTask<WireResult> FlushAsync();

    /// <summary>Ends the request's body, with trailers where the protocol has a place for them.</summary>
    ValueTask<WireResult> FinishBodyAsync(FieldTable? trailers);

    /// <summary>The next head is another one: the exchange's response is empty again, and what it had is passed on.</summary>
    void BeginHead(Exchange x);

    /// <summary>Reads a head into the exchange's response, an interim one too.</summary>
    HeadStep TryReadHead(Exchange x, Cluster cluster, out Refusal refusal);

    /// <summary>The head that was read is the final one; its body follows.</summary>
    void BeginBody(ResponseHead response);

    /// <summary>The next piece of the response's body.</summary>
    BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers);

    /// <summary>After <see cref="BodyStep.Fault"/>: <see cref="Refusal.UnexpectedEndOfBody"/>, or the rule that was broken.</summary>
    Refusal BodyFault { get; }

    /// <summary>All of the response's body was read, or there is none.</summary>
    bool IsBodyEnded { get; }

    /// <summary>After <see cref="HeadStep.Wait"/> or <see cref="BodyStep.Wait"/>.</summary>
    WaitAwaitable Readable(long deadline);

    /// <summary>Ends a wait to read that another method is in.</summary>
    void InterruptReading();

    /// <summary>Makes a long wait in the middle of a response cheap; its arena is attached anew.</summary>
    void Shrink(TextArena arena);

    /// <summary>What follows belongs to another protocol, in both directions.</summary>
    void BecomeTunnel();

    /// <summary>The response's head is another exchange object's from here on.</summary>
    void MoveTo(Exchange x);

    /// <summary>Tells the endpoint that no more will be sent.</summary>
    void FinishSending();

    /// <summary>Ends the waits of whoever uses it; it cannot be used again.</summary>
    void CancelWaits();

    /// <summary>The exchange is done with it, and does not touch it again.</summary>
    void Release(Cluster cluster, UpstreamEnd end);
}
