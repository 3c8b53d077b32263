using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Sdk.Policies;

namespace Weir.Proxy.PolicyChains;

/// <summary>
/// Runs a route's policies, phase by phase. Their exceptions are bugs of theirs: counted, named, answered with 500. A policy in shadow
/// runs on the real exchange between a saved and a restored state: nothing of its edits is left, and its verdict is only counted.
/// </summary>
internal static class PolicyRunner
{
    private static readonly LocalReply FaultReply = new() { Status = 500 };

    /// <summary>False: the exchange is answered or refused, and the action is not run.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> RequestAsync(Exchange x)
    {
        foreach (var step in x.RouteModel.Chain.Request)
        {
            if (!IsDue(x, step)) continue;
            x.Entered |= 1UL << step.Ordinal;
            Verdict verdict;
            try
            {
                if (step.Shadow) x.SaveRequest();
                verdict = await step.Policy.OnRequestAsync(new RequestView(x));
            }
            catch (Exception fault)
            {
                verdict = Fault(x, step, fault);
            }

            if (step.Shadow) x.RestoreRequest();
            if (!Apply(x, step, verdict)) return false;
        }

        return true;
    }

    /// <summary>False: a policy failed, and the attempt must not be sent without what it would have done.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> AttemptAsync(Exchange x)
    {
        foreach (var step in x.RouteModel.Chain.Attempt)
        {
            // A shadow's edits of an attempt would be sent: it is not run in this phase.
            if (step.Shadow || !IsDue(x, step)) continue;
            try
            {
                await step.Policy.OnAttemptAsync(new AttemptView(x));
            }
            catch (Exception fault)
            {
                Fault(x, step, fault);
                return false;
            }
        }

        return true;
    }

    /// <summary>One policy of the upstream-response or the response phase. False: the exchange has another reply now, which is to be made.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> ResponseAsync(Exchange x, PolicyStep step, bool upstream)
    {
        if (!IsEntered(x, step) || !IsDue(x, step)) return true;
        Verdict verdict;
        try
        {
            if (step.Shadow) x.SaveResponse();
            var view = new ResponseView(x);
            verdict = upstream ? await step.Policy.OnUpstreamResponseAsync(view) : await step.Policy.OnResponseAsync(view);
        }
        catch (Exception fault)
        {
            verdict = Fault(x, step, fault);
        }

        if (step.Shadow) x.RestoreResponse();
        return Apply(x, step, verdict);
    }

    public static void Log(Exchange x, in ExchangeSummary summary)
    {
        foreach (var step in x.RouteModel.Chain.Log)
        {
            try
            {
                step.Policy.OnLog(summary);
            }
            catch (Exception fault)
            {
                Fault(x, step, fault);
            }
        }
    }

    // Who takes part in requests sees responses of those only that it saw.
    private static bool IsEntered(Exchange x, PolicyStep step) => !step.TakesRequests || (x.Entered & (1UL << step.Ordinal)) != 0;

    private static bool IsDue(Exchange x, PolicyStep step)
    {
        x.Owner.Mark(TurnSteps.Policies);
        x.Owner.LastPolicy = step.Name;
        if (step.When is null || step.When.Evaluate(x)) return true;
        step.State.PerLoop[x.Owner.Index].Skipped++;
        return false;
    }

    // True: go on.
    private static bool Apply(Exchange x, PolicyStep step, in Verdict verdict)
    {
        var counters = step.State.PerLoop[x.Owner.Index];
        if (step.Shadow)
        {
            counters.Shadowed++;
            return true;
        }

        switch (verdict.Kind)
        {
            case VerdictKind.Continue:
                counters.Continued++;
                return true;
            case VerdictKind.Abort:
                counters.Aborted++;
                x.Refuse(verdict.Refusal);
                x.IsAborted = true;
                return false;
            default:
                counters.Replied++;
                x.Refuse(verdict.Refusal);
                x.Reply = verdict.ReplyWith;
                return false;
        }
    }

    private static Verdict Fault(Exchange x, PolicyStep step, Exception fault)
    {
        step.State.PerLoop[x.Owner.Index].Faults++;
        x.Owner.ReportFault(fault, step.Name);
        return Verdict.Reply(FaultReply, Refusal.PolicyFault);
    }
}
