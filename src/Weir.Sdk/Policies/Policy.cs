namespace Weir.Sdk.Policies;

/// <summary>The phases of an exchange that a policy can take part in. See docs/policies.md for the order.</summary>
[Flags]
public enum PolicyPhases
{
    /// <summary>Called never.</summary>
    None = 0,

    /// <summary>Once, before the cache and the action. File order.</summary>
    Request = 1,

    /// <summary>Once per attempt at an endpoint. File order.</summary>
    Attempt = 2,

    /// <summary>Once per attempt's response, before the cache stores it. Reverse order.</summary>
    UpstreamResponse = 4,

    /// <summary>Once, for whatever reply goes to the client: from an origin, a cache or Weir. Reverse order.</summary>
    Response = 8,

    /// <summary>Exactly once per exchange, whatever became of it.</summary>
    Log = 16,
}

/// <summary>
/// One configured step applied to the exchanges of a route. Instances are shared by all loops and called concurrently: keep
/// nothing of an exchange in fields. Only the phases in <see cref="Phases"/> are called.
/// A method that suspends carries <c>[AsyncMethodBuilder(typeof(PathMethodBuilder&lt;&gt;))]</c> (Weir.Async) to cost no allocation.
/// Exceptions are bugs: they are counted, named <c>policy-fault</c> and answered with 500.
/// </summary>
public abstract class Policy : IAsyncDisposable
{
    /// <summary>The phases that this instance takes part in, as configured. Read once.</summary>
    public abstract PolicyPhases Phases { get; }

    /// <summary>Before the action: may edit the request, answer it, or abort the connection.</summary>
    public virtual ValueTask<Verdict> OnRequestAsync(RequestView request) => ValueTask.FromResult(Verdict.Continue);

    /// <summary>Before an attempt is sent: edits are seen by this attempt only.</summary>
    public virtual ValueTask OnAttemptAsync(AttemptView attempt) => ValueTask.CompletedTask;

    /// <summary>An origin's response head has come: keep it or replace it.</summary>
    public virtual ValueTask<Verdict> OnUpstreamResponseAsync(ResponseView response) => ValueTask.FromResult(Verdict.Continue);

    /// <summary>Before the response head is written to the client: may edit it, or replace the reply.</summary>
    public virtual ValueTask<Verdict> OnResponseAsync(ResponseView response) => ValueTask.FromResult(Verdict.Continue);

    /// <summary>The exchange is over. Must not throw or block.</summary>
    public virtual void OnLog(in ExchangeSummary summary) { }

    /// <summary>Called when no loop holds a snapshot that uses this policy.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
