using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>One try of an exchange at one endpoint: connect, send, wait for the response's head.</summary>
internal static class Attempt
{
    // An origin that sends interim responses without end is cut.
    private const int MaxInterim = 16;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<AttemptResult> RunAsync(Exchange x, Cluster cluster, Endpoint endpoint)
    {
        x.Owner.Mark(TurnSteps.Attempt);
        x.Times.Connecting = x.Clock;
        x.Times.Dequeued = x.Times.Sent = x.Times.BodySent = x.Times.FirstByte = 0;
        var loop = x.Owner.Loop;
        var rule = x.Forward!.Retry;
        x.TryDeadline = rule.PerTryTimeout == 0 ? long.MaxValue : loop.Now + rule.PerTryTimeout;
        var upstream = await Connector.AcquireAsync(x, cluster, endpoint.State);
        // Who waited in vain waited at all endpoints, and long enough.
        if (upstream is null) return x.Refusal is Refusal.QueueFull or Refusal.QueueTimeout ? new(false, AttemptFault.None, true, false) : Unreached(saysNothingOfLoad: false);
        if (x.IsCancelled) return Abandon(x, upstream, cluster, x.CancelReason(Refusal.ClientGone));
        // A request that must not be sent twice is not sent to where it would meet a closed door.
        if (upstream.IsReused && !rule.IsRepeatable(x.Request) && !upstream.IsOpen)
        {
            upstream.Release(cluster, UpstreamEnd.Stale);
            x.Refuse(Refusal.UpstreamClosed);
            return Unreached(saysNothingOfLoad: true);
        }

        // All endpoints share the cluster's queue: what was granted may belong to another than was picked.
        if (upstream.Endpoint != endpoint.State) endpoint = x.Forward.Choice.Set.Find(upstream.Endpoint) ?? endpoint;
        x.Upstream = upstream;
        upstream.Timeout = x.RouteModel.IdleTimeout;
        // The time that sending the body takes is the client's, and does not count against the attempt.
        x.HeadTimeout = (int)Math.Min(x.RouteModel.FirstByteTimeout, Math.Max(1, x.TryDeadline - loop.Now));
        x.AttemptFields.Start(x.Request.Fields);
        if (x.RouteModel.Chain.Attempt.Length > 0 && !await PolicyRunner.AttemptAsync(x))
            return await GiveUpAsync(x, upstream, cluster, Refusal.PolicyFault);
        // Policies may have waited.
        if (x.IsCancelled) return await GiveUpAsync(x, upstream, cluster, x.CancelReason(Refusal.ClientGone));
        if (!upstream.TryWriteHead(x, endpoint)) return await GiveUpAsync(x, upstream, cluster, Refusal.InternalFault);

        if (x.HasBodyToSend)
        {
            RequestPump.Start(x, upstream);
        }
        else
        {
            var sent = await upstream.FlushAsync();
            x.SentAt = loop.Now;
            if (sent != WireResult.Ok) return await GiveUpAsync(x, upstream, cluster, x.CancelReason(Refusal.UpstreamReset));
        }

        x.Times.Sent = x.Clock;
        var refusal = await ReadHeadAsync(x, upstream, cluster);
        if (refusal != Refusal.None) return await GiveUpAsync(x, upstream, cluster, refusal);
        return new AttemptResult(true, x.Response.Status >= 400 ? AttemptFault.Status : AttemptFault.None, false, false);
    }

    // An untouched request is safe to send again whatever it is.
    private static AttemptResult Unreached(bool saysNothingOfLoad) => new(false, AttemptFault.ConnectFailure, true, saysNothingOfLoad);

    // Interim responses are passed on; the first final one is left in the exchange.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<Refusal> ReadHeadAsync(Exchange x, IUpstream upstream, Cluster cluster)
    {
        var keepAlive = true;
        for (var heads = 0; heads <= MaxInterim; heads++)
        {
            upstream.BeginHead(x);
            HeadStep step;
            Refusal refusal;
            while ((step = upstream.TryReadHead(x, cluster, out refusal)) == HeadStep.Wait)
            {
                refusal = await WaitAsync(x, upstream);
                if (refusal != Refusal.None) return refusal;
            }

            if (x.Times.FirstByte == 0 && upstream.IsAnswering) x.Times.FirstByte = x.Owner.Loop.TurnTimestamp;
            if (step == HeadStep.Failed) return refusal;

            // An interim response that spoke of a body may be followed by one: then the connection is not used again.
            x.Response.KeepAlive = keepAlive &= x.Response.KeepAlive;
            if (x.Response.Status >= 200 || x.Response.Status == 101) return Accept(x, upstream);
            // Which of two attempts the client hears is not known yet, and an interim response is no more than a hint.
            if (x.IsRacing) continue;
            x.HasInterim = true;
            var passed = await x.Downstream.WriteInterimAsync(x.Response);
            if (passed != WireResult.Ok) return ClientFailed(x);
        }

        return Refusal.UpstreamBadResponse;
    }

    private static Refusal Accept(Exchange x, IUpstream upstream)
    {
        var response = x.Response;
        // A switch that nobody asked for, or to another protocol than asked, would leave both sides speaking past each other.
        if (response.Status == 101 && !Upgrades.IsWanted(x)) return Refusal.UpstreamBadResponse;
        // To the client any 2xx would say that the switch was made.
        if (response.Status is >= 200 and < 300 && Upgrades.IsConnect(x.Request)) return Refusal.UpstreamBadResponse;
        upstream.BeginBody(response);
        x.Source = ResponseSource.Upstream;
        return Refusal.None;
    }

    // Until there is something to read. While the request is still being sent, the first byte is not due.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<Refusal> WaitAsync(Exchange x, IUpstream upstream)
    {
        var loop = x.Owner.Loop;
        while (true)
        {
            var begun = x.IsPumping ? loop.Now : x.SentAt;
            var wait = await upstream.Readable(begun + x.HeadTimeout);
            if (wait == WaitResult.Ready) return Refusal.None;
            if (x.Refusal != Refusal.None) return x.Refusal;
            if (wait == WaitResult.Cancelled) return x.CancelReason(Refusal.UpstreamTimeout);
            if (!x.IsPumping && loop.Now >= x.SentAt + x.HeadTimeout) return Refusal.UpstreamTimeout;
        }
    }

    // It may still be there, but not take what it was sent: nothing else may follow in its place.
    private static Refusal ClientFailed(Exchange x)
    {
        x.Downstream.Abort();
        x.ClientLeft();
        return Refusal.ClientGone;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<AttemptResult> GiveUpAsync(Exchange x, IUpstream upstream, Cluster cluster, Refusal reason)
    {
        x.Refuse(reason);
        await RequestPump.StopAsync(x);
        // What the body's sender found wrong with the client came first.
        var result = x.Refusal == reason ? Judge(upstream, reason) : AttemptResult.Failed;
        x.Upstream = null;
        x.Response.Reset();
        upstream.Release(cluster, upstream.IsReused && reason is Refusal.UpstreamClosed or Refusal.UpstreamReset ? UpstreamEnd.Stale : UpstreamEnd.Abort);
        return result;
    }

    private static AttemptResult Abandon(Exchange x, IUpstream upstream, Cluster cluster, Refusal reason)
    {
        x.Refuse(reason);
        upstream.Release(cluster, UpstreamEnd.Close);
        return AttemptResult.Failed;
    }

    // RFC 9110 §9.2.2: after a failure of communication a client may repeat an idempotent request by itself, and so may we. What an endpoint
    // of HTTP/2 says it did not look at, or what never left, may be sent again whatever it is. A part of a response is no such failure.
    private static AttemptResult Judge(IUpstream upstream, Refusal reason)
    {
        if (reason == Refusal.UpstreamTimeout) return new AttemptResult(false, AttemptFault.Timeout, false, false);
        if (reason is not (Refusal.UpstreamClosed or Refusal.UpstreamReset) || upstream.IsAnswering) return AttemptResult.Failed;
        if (!upstream.IsUntouched) return new AttemptResult(false, AttemptFault.Reset, false, upstream.WasKept);
        return upstream is Http2Upstream ? new AttemptResult(false, AttemptFault.RefusedStream, true, true) : Unreached(saysNothingOfLoad: true);
    }
}
