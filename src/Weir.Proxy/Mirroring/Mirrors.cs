using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Responses;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Mirroring;

/// <summary>
/// Copies requests for another cluster. A copy is an exchange of its own on the same loop: it is forwarded, its answer is read, and it is counted and
/// logged as what it is; no policy runs for it, and nothing that the client sees depends on it.
/// </summary>
internal static class Mirrors
{
    /// <summary>The request is as its origin will get it. Copies it if it is its turn; the copy begins in the next pass of the loop, after the request itself.</summary>
    public static void Begin(Exchange x, Mirror plan)
    {
        if (!IsDue(x, plan)) return;
        var counters = plan.State.PerLoop[x.Owner.Index];
        if (!plan.State.TryEnter(plan.Concurrency))
        {
            counters.Outcomes[(int)MirrorOutcome.Skipped]++;
            return;
        }

        var pair = x.Owner.Mirrors.Rent();
        var copy = x.Owner.RentExchange();
        if (!copy.TryBeginCopy(x, pair.Copy, plan))
        {
            // Its head is larger than one that is made here may be.
            copy.End();
            x.Owner.Mirrors.Return(pair);
            plan.State.Leave();
            counters.Outcomes[(int)MirrorOutcome.Failed]++;
            return;
        }

        pair.Begin(plan, copy, x.Downstream.IsBodyEnded);
        x.BeginTap(pair);
        _ = RunAsync(pair, copy);
    }

    /// <summary>After the forward and before the policies of responses.</summary>
    public static void NoteAnswer(Exchange x)
    {
        if (x.Source == ResponseSource.Upstream) x.Mirrored!.Original.NoteHead(x.Response);
    }

    /// <summary>The exchange is over.</summary>
    public static void Leave(Exchange x)
    {
        var pair = x.EndTap();
        // What was sent may have been put in the answer's place by a policy or a fallback, or broken off.
        if (x.Source != ResponseSource.Upstream || x.Refusal != Refusal.None || x.FellBackFrom != Refusal.None || x.IsClientGone) pair.Original.IsComplete = false;
        pair.EndOriginal();
        if (pair.Running is null) Settle(x.Owner, pair);
    }

    private static bool IsDue(Exchange x, Mirror plan)
    {
        // What becomes a tunnel is no request; a copy that came from another Weir is not copied again.
        if (!Upgrades.Requested(x).IsEmpty || x.Request.Fields.Has(KnownField.XWeirMirror)) return false;
        if (plan.Share < 1UL << 32 && (uint)Random.Shared.NextInt64(1L << 32) >= plan.Share) return false;
        return plan.When is null || plan.When.Evaluate(x);
    }

    private static async Detached RunAsync(MirrorPair pair, Exchange copy)
    {
        await copy.Owner.Loop.Yield();
        try
        {
            await Forwarder.RunAsync(copy);
            if (copy.Source == ResponseSource.Upstream && copy.Refusal == Refusal.None) await ReadAnswerAsync(copy);
        }
        catch (Exception fault)
        {
            copy.Owner.ReportFault(fault, copy.RouteModel.Name);
            copy.Refuse(Refusal.InternalFault);
        }

        await RequestPump.StopAsync(copy);
        Forwarder.End(copy);
        End(pair, copy);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask ReadAnswerAsync(Exchange copy)
    {
        var shape = copy.Downstream.Shape(copy.Response, copy.Request.Method == HttpMethod.Head, close: false);
        await copy.Downstream.WriteHeadAsync(copy.Response, shape);
        copy.IsResponseStarted = true;
        if (await ResponseWriter.WriteBodyAsync(copy, shape) != WireResult.Ok) copy.Refuse(copy.CancelReason(Refusal.InternalFault));
    }

    private static void End(MirrorPair pair, Exchange copy)
    {
        var (owner, plan) = (copy.Owner, pair.Plan);
        plan.State.PerLoop[owner.Index].Outcomes[(int)OutcomeOf(copy, pair)]++;
        if (copy.Refusal != Refusal.None) pair.Copied.IsComplete = false;
        pair.EndCopy();
        copy.End();
        plan.State.Leave();
        if (pair.IsOriginalOver) Settle(owner, pair);
    }

    private static MirrorOutcome OutcomeOf(Exchange copy, MirrorPair pair) => copy.Refusal switch
    {
        Refusal.None => pair.Copied.IsComplete ? MirrorOutcome.Answered : MirrorOutcome.Failed,
        Refusal.MirrorTooSlow => MirrorOutcome.TooSlow,
        Refusal.MirrorTooLarge => MirrorOutcome.TooLarge,
        Refusal.ClientGone or Refusal.ShuttingDown => MirrorOutcome.Abandoned,
        Refusal.UpstreamTimeout or Refusal.UpstreamIdleTimeout or Refusal.ConnectTimeout => MirrorOutcome.TimedOut,
        _ => MirrorOutcome.Failed,
    };

    // Both are over.
    private static void Settle(ProxyLoop owner, MirrorPair pair)
    {
        if (pair.Plan.Check is not null) Comparison.Run(owner, pair);
        owner.Mirrors.Return(pair);
    }
}
