using Weir.Http.Messages;

namespace Weir.Proxy.Model;

/// <summary>What went wrong with an attempt, as far as another may be made for it.</summary>
internal enum AttemptFault : byte
{
    /// <summary>Nothing, or nothing that another attempt would mend.</summary>
    None,

    /// <summary>There was no connection, or it was of no use before a byte was sent on it.</summary>
    ConnectFailure,

    /// <summary>HTTP/2: the endpoint says that it did not look at the request.</summary>
    RefusedStream,

    /// <summary>The connection ended before a response began.</summary>
    Reset,

    /// <summary>No response came in time.</summary>
    Timeout,

    /// <summary>The response has a status that is retried.</summary>
    Status,
}

/// <summary>Why no other attempt followed one that the rule would have tried again.</summary>
internal enum RetryStop : byte
{
    None,

    /// <summary>An endpoint may have acted on the request, and its method is none of those that may be sent again; or the client has an interim response.</summary>
    Unsafe,

    /// <summary>There were as many as the rule allows.</summary>
    Attempts,

    /// <summary>What was sent of the body is not here any more.</summary>
    Buffer,

    /// <summary>The exchange would be over before it.</summary>
    Deadline,

    /// <summary>The endpoint asks for a longer wait than the rule allows.</summary>
    RetryAfter,

    /// <summary>As many exchanges of the cluster are in retries as may be.</summary>
    Budget,

    /// <summary>The cluster's breaker has opened meanwhile.</summary>
    Breaker,
}

/// <summary>What is tried again, as compiled. Immutable.</summary>
internal sealed record RetryRule
{
    /// <summary>In all.</summary>
    public required int Attempts { get; init; }

    /// <summary>One bit for each <see cref="AttemptFault"/>.</summary>
    public required int Faults { get; init; }

    /// <summary>One bit for each status from 400.</summary>
    public required ulong[] Statuses { get; init; }

    /// <summary>One bit for each <see cref="HttpMethod"/>.</summary>
    public required int Methods { get; init; }

    /// <summary>Methods that have no name here.</summary>
    public required byte[][] OtherMethods { get; init; }

    /// <summary>Milliseconds, as all times here; 0 for none.</summary>
    public required int PerTryTimeout { get; init; }

    public required int BackoffBase { get; init; }

    public required int BackoffMax { get; init; }

    public required double BudgetPercent { get; init; }

    public required int BudgetFloor { get; init; }

    /// <summary>Bytes of a body that are kept.</summary>
    public required int Buffer { get; init; }

    public required int MaxRetryAfter { get; init; }

    /// <summary>After so many milliseconds a second attempt is made beside the first; 0 for never. With a percentile: no sooner.</summary>
    public required int HedgeDelay { get; init; }

    /// <summary>After as long as so many of a hundred responses take; 0 for never.</summary>
    public required int HedgePercentile { get; init; }

    public bool Hedges => (HedgeDelay | HedgePercentile) != 0;

    public bool Covers(AttemptFault fault) => (Faults & (1 << (int)fault)) != 0;

    public bool CoversStatus(int status)
    {
        var bit = status - 400;
        return (uint)bit < 200 && (Statuses[bit >> 6] & (1UL << (bit & 63))) != 0;
    }

    /// <summary>The method may be sent again though an endpoint may have acted on it.</summary>
    public bool IsRepeatable(RequestHead request)
    {
        if (request.Method != HttpMethod.Other) return (Methods & (1 << (int)request.Method)) != 0;
        foreach (var method in OtherMethods)
            if (request.MethodSpan.SequenceEqual(method)) return true;
        return false;
    }
}
