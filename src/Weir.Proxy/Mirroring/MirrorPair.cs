using System.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy.Mirroring;

/// <summary>
/// An exchange and the copy of its request: what goes from the one to the other, and what is known of both answers. Either may be over first;
/// the one that is over last settles. LoopState; pooled by its loop.
/// </summary>
internal sealed class MirrorPair
{
    // The copy is over before what it is compared with, as a rule: this is what is left of it to tell.
    private readonly byte[] _requestId = new byte[RequestGuard.LongestRequestId];
    private int _requestIdLength;
    private LogRecord _record;
    private bool _hasRecord;

    public MirrorPair(ProxyLoop owner)
    {
        Ring = new BodyRing(owner.Loop.Buffers, BufferSize.Medium, owner.Mirrors.Memory);
        Tap = new MirrorTap(this);
        Copy = new MirrorDownstream(this, owner.Loop);
    }

    public MirrorTap Tap { get; }

    public MirrorDownstream Copy { get; }

    public BodyRing Ring { get; }

    /// <summary>Of the client's answer, as the origin gave it.</summary>
    public AnswerNotes Original { get; } = new();

    public AnswerNotes Copied { get; } = new();

    public Mirror Plan { get; private set; } = null!;

    /// <summary>The exchange that is the copy; null when it is over.</summary>
    public Exchange? Running { get; private set; }

    /// <summary>All of the request's body is in the ring, or was.</summary>
    public bool HasWholeBody { get; private set; }

    /// <summary>The client's own exchange is over.</summary>
    public bool IsOriginalOver { get; private set; }

    /// <summary>Of both; kept where their answers are compared.</summary>
    public string RequestId => Encoding.ASCII.GetString(_requestId.AsSpan(0, _requestIdLength));

    /// <summary>Its place among those that are under way on the loop.</summary>
    public int Index { get; set; }

    public void Begin(Mirror plan, Exchange copy, bool isBodyEnded)
    {
        (Plan, Running, HasWholeBody, IsOriginalOver) = (plan, copy, isBodyEnded, false);
        Original.Begin(plan.Check);
        Copied.Begin(plan.Check);
        Copy.Begin(isBodyEnded);
        if (plan.Check is not null)
        {
            _requestIdLength = Math.Min(copy.RequestId.Length, _requestId.Length);
            copy.RequestId[.._requestIdLength].CopyTo(_requestId);
        }

        // From here on it is the copy's own time; while a body comes, it is the client's.
        if (isBodyEnded) copy.StartTotalTimer(0);
    }

    /// <summary>A piece of the client's body, on its way to the origin.</summary>
    public void Take(BodyPiece piece)
    {
        if (Running is not { IsCancelled: false } copy) return;
        // Where nothing waits a piece has room, however large it came.
        var behind = Ring.Length + Ring.Given;
        if ((behind == 0 || piece.Length <= Plan.Window - behind) && Ring.TryAdd(piece.Span)) Copy.Wake();
        else Cut(copy, Refusal.MirrorTooSlow);
    }

    /// <summary>The client's body is whole.</summary>
    public void EndBody(FieldTable? trailers)
    {
        if (HasWholeBody || Running is not { IsCancelled: false } copy) return;
        // A copy without its trailers would be another request.
        if (trailers is not null && !copy.RequestTrailers.Fields.TryCopyFrom(trailers))
        {
            Cut(copy, Refusal.InternalFault);
            return;
        }

        HasWholeBody = true;
        copy.StartTotalTimer(0);
        Copy.Wake();
    }

    /// <summary>The client's own exchange is over; a copy that has all of the request goes on alone.</summary>
    public void EndOriginal()
    {
        if (Tap.IsBodyEnded) EndBody(null);
        IsOriginalOver = true;
        Tap.Forget();
        if (!HasWholeBody && Running is { } copy) Cut(copy, Refusal.ClientGone);
    }

    /// <summary>The copy is over: it is counted and logged, then to be given back.</summary>
    public void EndCopy()
    {
        if (Plan.Check is null) Completion.Record(Running!);
        else _hasRecord = Completion.Record(Running!, ref _record);
        Running = null;
        Ring.Release();
    }

    /// <summary>Both are over, and compared.</summary>
    public void TellRecord(ProxyLoop owner, MirrorResult result, AnswerParts differs)
    {
        if (!_hasRecord) return;
        _hasRecord = false;
        (_record.MirrorResult, _record.MirrorDiffers) = (result, differs);
        Completion.Tell(owner, _record);
    }

    // What it sent is not to be taken for complete, and nobody is there to hear more of it.
    private static void Cut(Exchange copy, Refusal reason)
    {
        copy.Refuse(reason);
        copy.ClientLeft();
    }
}
