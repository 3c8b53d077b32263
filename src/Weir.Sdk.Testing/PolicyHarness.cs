using Weir.Sdk.Policies;

namespace Weir.Sdk.Testing;

/// <summary>
/// Takes an exchange through the phases of a policy in the order of the proxy: request, attempt, upstream response, response, log.
/// A reply ends the way to the origin and goes through the response phase; an abort goes to the log at once. Delays pass without waiting.
/// </summary>
public static class PolicyHarness
{
    /// <summary>Runs a policy. The exchange's response, as set up, is what the origin gives; 200 without fields if none was.</summary>
    public static async Task<PolicyRun> RunAsync(Policy policy, TestExchange exchange)
    {
        var phases = new List<PhaseRun>();
        var verdict = await RunPhaseAsync(policy, exchange, PolicyPhases.Request, phases);
        if (verdict.Kind == VerdictKind.Continue)
        {
            exchange.AttemptFields.Start(exchange.Request.Fields);
            if (exchange.Response.Status == 0) exchange.Respond(200);
            await RunPhaseAsync(policy, exchange, PolicyPhases.Attempt, phases);
            verdict = await RunPhaseAsync(policy, exchange, PolicyPhases.UpstreamResponse, phases);
        }

        exchange.Apply(verdict);
        if (verdict.Kind != VerdictKind.Abort) exchange.Apply(await RunPhaseAsync(policy, exchange, PolicyPhases.Response, phases));
        await RunPhaseAsync(policy, exchange, PolicyPhases.Log, phases);
        return new PolicyRun(phases);
    }

    private static async ValueTask<Verdict> RunPhaseAsync(Policy policy, TestExchange exchange, PolicyPhases phase, List<PhaseRun> phases)
    {
        if ((policy.Phases & phase) == 0) return Verdict.Continue;
        var (started, delayed) = (exchange.Now, TimeSpan.Zero);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var task = Call(policy, exchange, phase);
        while (!task.IsCompleted && exchange.IsDelayed) exchange.EndDelay();

        // What still is not complete waits for something outside of the exchange, and its allocations are elsewhere.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var verdict = task.IsCompleted ? task.GetAwaiter().GetResult() : await task;
        delayed = exchange.Now - started;
        phases.Add(new PhaseRun(phase, verdict, allocated, delayed));
        return verdict;
    }

    private static ValueTask<Verdict> Call(Policy policy, TestExchange exchange, PolicyPhases phase)
    {
        switch (phase)
        {
            case PolicyPhases.Request:
                return policy.OnRequestAsync(new RequestView(exchange));
            case PolicyPhases.UpstreamResponse:
                return policy.OnUpstreamResponseAsync(new ResponseView(exchange));
            case PolicyPhases.Response:
                return policy.OnResponseAsync(new ResponseView(exchange));
            case PolicyPhases.Attempt:
                var attempt = policy.OnAttemptAsync(new AttemptView(exchange));
                return attempt.IsCompletedSuccessfully ? default : Wait(attempt);
            default:
                policy.OnLog(exchange.Summary());
                return default;
        }
    }

    private static async ValueTask<Verdict> Wait(ValueTask task)
    {
        await task;
        return Verdict.Continue;
    }
}
