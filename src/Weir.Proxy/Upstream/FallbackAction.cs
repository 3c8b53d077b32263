using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;

namespace Weir.Proxy.Upstream;

/// <summary>The forward came to nothing, and the route has something that stands in.</summary>
internal static class FallbackAction
{
    /// <summary>Nothing of a response is on its way, and it is the upstream's side that failed.</summary>
    public static bool IsDue(Exchange x)
        => x.RouteModel.Fallback is not null && x.Refusal is >= Refusal.NoEndpoint and < Refusal.ClientGone && !x.IsClientGone && !x.IsAborted && !x.IsResponseStarted
            && (x.RouteModel.Fallback.Reply is not null || (!x.IsExpired && !x.HasInterim && !x.HasLostBody && IsSafe(x)));

    /// <summary>Asks the other cluster, or takes the reply.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        var fallback = x.RouteModel.Fallback!;
        await RequestPump.StopAsync(x);
        Forwarder.End(x);
        x.FellBackFrom = x.Refusal;
        x.ForgiveAttempt();
        x.Tried = default;
        x.QueueDeadline = 0;
        x.AttemptsBefore = x.Attempts;
        x.WantsFresh = false;
        x.Reply = fallback.Reply;
        if (fallback.Forward is null) return;
        // What the first cluster said of it is for a reply alone.
        x.RetryAfter = 0;
        x.Forward = fallback.Forward;
        await Forwarder.RunAsync(x);
    }

    // Another cluster gets the request for the second time, as another attempt would.
    private static bool IsSafe(Exchange x) => !x.MayHaveActed || x.Forward!.Retry.IsRepeatable(x.Request);
}
