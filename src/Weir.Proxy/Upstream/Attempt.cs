using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>What an attempt came to.</summary>
internal enum AttemptOutcome : byte
{
    /// <summary>There is a response head.</summary>
    Answered,

    /// <summary>It failed, and the endpoint provably never acted on the request: another attempt is safe.</summary>
    NeverReached,

    /// <summary>It failed, or the exchange is over; the refusal says why.</summary>
    Failed,
}

/// <summary>One try of an exchange at one endpoint: connect, send, wait for the response's head.</summary>
internal static class Attempt
{
    // An origin that sends interim responses without end is cut.
    private const int MaxInterim = 16;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<AttemptOutcome> RunAsync(Exchange x, Cluster cluster, Endpoint endpoint)
    {
        x.Owner.Mark(TurnSteps.Attempt);
        x.Times.Connecting = x.Clock;
        x.Times.Dequeued = 0;
        var upstream = await Connector.AcquireAsync(x, cluster, endpoint.State);
        if (upstream is null) return AttemptOutcome.NeverReached;
        if (x.IsClientGone || x.IsExpired) return Abandon(x, upstream, cluster, x.CancelReason(Refusal.ClientGone));
        // A request that must not be sent twice is not sent to where it would meet a closed door.
        if (upstream.IsReused && !IsRepeatable(x.Request) && !upstream.IsOpen)
        {
            upstream.Release(cluster, UpstreamEnd.Stale);
            x.Refuse(Refusal.UpstreamClosed);
            return AttemptOutcome.NeverReached;
        }

        if (upstream.Endpoint != endpoint.State) endpoint = EndpointOf(upstream, x, endpoint);
        x.Upstream = upstream;
        upstream.Timeout = x.RouteModel.IdleTimeout;
        x.AttemptFields.Start(x.Request.Fields);
        if (x.RouteModel.Chain.Attempt.Length > 0 && !await PolicyRunner.AttemptAsync(x))
            return await GiveUpAsync(x, upstream, cluster, Refusal.PolicyFault, safe: false);
        if (!upstream.TryWriteHead(x, endpoint)) return await GiveUpAsync(x, upstream, cluster, Refusal.InternalFault, safe: false);

        if (x.Downstream.IsBodyEnded)
        {
            var sent = await upstream.FlushAsync();
            x.SentAt = x.Owner.Loop.Now;
            if (sent != WireResult.Ok)
                return await GiveUpAsync(x, upstream, cluster, x.CancelReason(Refusal.UpstreamReset), safe: upstream.IsUntouched || IsSafeAgain(x, upstream));
        }
        else
        {
            RequestPump.Start(x, upstream);
        }

        x.Times.Sent = x.Clock;
        var refusal = await ReadHeadAsync(x, upstream, cluster);
        if (refusal == Refusal.None) return AttemptOutcome.Answered;
        return await GiveUpAsync(x, upstream, cluster, refusal, safe: refusal is Refusal.UpstreamClosed or Refusal.UpstreamReset && IsSafeAgain(x, upstream));
    }

    // All endpoints share the cluster's queue: what was granted may belong to another than was picked.
    private static Endpoint EndpointOf(IUpstream upstream, Exchange x, Endpoint picked)
    {
        foreach (var endpoint in x.Forward!.Choice.Set.Known)
            if (endpoint.State == upstream.Endpoint) return endpoint;
        return picked;
    }

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
            var wait = await upstream.Readable(begun + x.RouteModel.FirstByteTimeout);
            if (wait == WaitResult.Ready) return Refusal.None;
            if (x.Refusal != Refusal.None) return x.Refusal;
            if (wait == WaitResult.Cancelled) return x.CancelReason(Refusal.UpstreamTimeout);
            if (!x.IsPumping && loop.Now >= x.SentAt + x.RouteModel.FirstByteTimeout) return Refusal.UpstreamTimeout;
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
    private static async ValueTask<AttemptOutcome> GiveUpAsync(Exchange x, IUpstream upstream, Cluster cluster, Refusal reason, bool safe)
    {
        x.Refuse(reason);
        await RequestPump.StopAsync(x);
        x.Upstream = null;
        x.Response.Reset();
        upstream.Release(cluster, upstream.IsReused && reason is Refusal.UpstreamClosed or Refusal.UpstreamReset ? UpstreamEnd.Stale : UpstreamEnd.Abort);
        // A body that was begun cannot be sent again: there is no copy of it.
        return safe && x.Downstream.BodyBytes == 0 ? AttemptOutcome.NeverReached : AttemptOutcome.Failed;
    }

    private static AttemptOutcome Abandon(Exchange x, IUpstream upstream, Cluster cluster, Refusal reason)
    {
        x.Refuse(reason);
        upstream.Release(cluster, UpstreamEnd.Close);
        return AttemptOutcome.Failed;
    }

    // RFC 9110 §9.2.2: a kept connection may close as we send; a client may repeat an idempotent request by itself then, and so may we.
    // An interim response is an answer too: the client has it, and must not get it twice.
    // What an endpoint of HTTP/2 says it did not look at may be sent again whatever it is.
    private static bool IsSafeAgain(Exchange x, IUpstream upstream)
        => x.Times.FirstByte == 0 && (upstream.IsUntouched || (upstream.IsReused && IsRepeatable(x.Request)));

    private static bool IsRepeatable(RequestHead request)
        => !request.HasBody && request.Method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Options or HttpMethod.Put or HttpMethod.Delete or HttpMethod.Trace;
}
