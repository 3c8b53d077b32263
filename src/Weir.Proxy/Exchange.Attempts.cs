using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Upstream;

namespace Weir.Proxy;

/// <summary>What is known of an exchange's attempts: how many, at whom, what is kept for another one.</summary>
internal sealed partial class Exchange
{
    public int Attempts { get; set; }

    /// <summary>Those of them that were made at the cluster that is asked now and count: the rule is for them alone.</summary>
    public int AttemptsHere => Attempts - AttemptsBefore;

    /// <summary>Attempts at the cluster that a fallback stands in for, and one that does not count.</summary>
    public int AttemptsBefore { get; set; }

    /// <summary>The status that the endpoint of this attempt answered with; 0 while it did not.</summary>
    public int Answer { get; set; }

    /// <summary>The attempt failed on a kept connection that the endpoint had closed, which is no fault of it.</summary>
    public bool IsStale { get; set; }

    /// <summary>What is kept of the request's body for another attempt.</summary>
    public ReplayBuffer Replay { get; }

    /// <summary>Endpoints that attempts were made at.</summary>
    public TriedEndpoints Tried;

    /// <summary>An attempt began to send the request's body.</summary>
    public bool HasPumped { get; set; }

    /// <summary>Bytes of the request's body that attempts read, as endpoints get them.</summary>
    public long PumpedBytes { get; set; }

    /// <summary>There is a body to send: one that is still to come, or one that was read for an attempt before.</summary>
    public bool HasBodyToSend => HasPumped || !Downstream.IsBodyEnded;

    /// <summary>What an attempt read of the body is not here any more.</summary>
    public bool HasLostBody => HasPumped && Replay.Length != PumpedBytes;

    /// <summary>The client was given an interim response: the request is not sent again.</summary>
    public bool HasInterim { get; set; }

    /// <summary>An endpoint may have acted on the request.</summary>
    public bool MayHaveActed { get; set; }

    /// <summary>What went wrong with its attempts, for the log.</summary>
    public AttemptFaults AttemptFaults { get; set; }

    /// <summary>What each of them came to, for the log.</summary>
    public AttemptLog AttemptLog;

    /// <summary>Why the last fault was not retried.</summary>
    public RetryStop RetryStop { get; set; }

    /// <summary>When the attempt under way must have its connection, by the loop's clock.</summary>
    public long TryDeadline { get; set; } = long.MaxValue;

    /// <summary>How long the attempt under way may wait for a response's head once the request is sent, in milliseconds.</summary>
    public int HeadTimeout { get; set; }

    /// <summary>Seconds after which a client may come back; 0 for soon.</summary>
    public int RetryAfter { get; set; }

    /// <summary>Why the fallback stood in; None when it did not.</summary>
    public Refusal FellBackFrom { get; set; }

    /// <summary>It has one of the requests that its cluster may have in flight.</summary>
    public bool HoldsPlace { get; set; }

    /// <summary>What the cluster's breaker let it through as: a trial is one of the few that show whether a cluster whose breaker was open serves again.</summary>
    public BreakerPass BreakerPass { get; set; }

    /// <summary>It has something of its cluster's that others may wait for.</summary>
    public bool IsInGate => HoldsPlace | BreakerPass.IsTrial;

    /// <summary>Its first attempt was on a kept connection that had ended: the next ones are not, and that one does not count.</summary>
    public bool WantsFresh { get; set; }

    /// <summary>How the trial went is known; one of two attempts is enough.</summary>
    public void EndTrial()
    {
        if (!BreakerPass.IsTrial) return;
        BreakerPass = BreakerPass with { IsTrial = false };
        Twin?.EndTrial();
        _first?.EndTrial();
    }

    /// <summary>The attempt that is over was on a kept connection that had ended.</summary>
    public void ExcuseStale()
    {
        WantsFresh = true;
        AttemptsBefore++;
    }

    private void ForgetAttempts()
    {
        Answer = 0;
        IsStale = false;
        Attempts = AttemptsBefore = 0;
        Tried = default;
        Replay.Release();
        PumpedBytes = 0;
        HasPumped = HasInterim = MayHaveActed = false;
        AttemptFaults = default;
        AttemptLog.Clear();
        RetryStop = RetryStop.None;
        TryDeadline = long.MaxValue;
        RetryAfter = 0;
        FellBackFrom = Refusal.None;
        HoldsPlace = WantsFresh = false;
        BreakerPass = default;
    }
}
