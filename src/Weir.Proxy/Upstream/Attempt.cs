using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
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
        var connection = await Connector.AcquireAsync(x, cluster, endpoint.State);
        if (connection is null) return AttemptOutcome.NeverReached;
        if (x.IsClientGone || x.IsExpired) return Abandon(x, connection, x.CancelReason(Refusal.ClientGone));
        // A request that must not be sent twice is not sent to where it would meet a closed door.
        if (connection.IsReused && !IsRepeatable(x.Request) && !connection.Transport.IsSilent())
        {
            CloseStale(x, connection);
            x.Refuse(Refusal.UpstreamClosed);
            return AttemptOutcome.NeverReached;
        }

        if (connection.Endpoint != endpoint.State) endpoint = EndpointOf(connection, cluster, endpoint);
        x.Upstream = connection;
        connection.Output.Timeout = x.RouteModel.IdleTimeout;
        x.AttemptFields.Start(x.Request.Fields);
        if (x.RouteModel.Chain.Attempt.Length > 0 && !await PolicyRunner.AttemptAsync(x))
            return await GiveUpAsync(x, connection, Refusal.PolicyFault, safe: false);
        if (!RequestWriter.TryWrite(x, connection, endpoint)) return await GiveUpAsync(x, connection, Refusal.InternalFault, safe: false);

        var sentBefore = connection.Output.BytesSent;
        if (x.Downstream.IsBodyEnded)
        {
            var sent = await connection.Output.FlushAsync();
            x.SentAt = x.Owner.Loop.Now;
            if (sent != WireResult.Ok)
            {
                var untouched = connection.Output.BytesSent == sentBefore;
                return await GiveUpAsync(x, connection, x.CancelReason(Refusal.UpstreamReset), safe: untouched || IsSafeAgain(x, connection));
            }
        }
        else
        {
            RequestPump.Start(x, connection);
        }

        x.Times.Sent = x.Clock;
        var refusal = await ReadHeadAsync(x, connection, cluster);
        if (refusal == Refusal.None) return AttemptOutcome.Answered;
        return await GiveUpAsync(x, connection, refusal, safe: refusal is Refusal.UpstreamClosed or Refusal.UpstreamReset && IsSafeAgain(x, connection));
    }

    // All endpoints share the cluster's queue: what was granted may belong to another than was picked.
    private static Endpoint EndpointOf(UpstreamConnection connection, Cluster cluster, Endpoint picked)
    {
        foreach (var endpoint in cluster.Endpoints)
            if (endpoint.State == connection.Endpoint) return endpoint;
        return picked;
    }

    // Interim responses are passed on; the first final one is left in the exchange.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<Refusal> ReadHeadAsync(Exchange x, UpstreamConnection connection, Cluster cluster)
    {
        var keepAlive = true;
        for (var heads = 0; heads <= MaxInterim; heads++)
        {
            var state = default(Http1ParseState);
            x.Response.Reset();
            while (true)
            {
                var result = Parse(x, connection, cluster, ref state);
                if (result.Outcome == ParseOutcome.Refused) return result.Refusal;
                if (result.Outcome == ParseOutcome.Done)
                {
                    // An interim response that spoke of a body may be followed by one: then the connection is not used again.
                    x.Response.KeepAlive = keepAlive &= x.Response.KeepAlive;
                    if (x.Response.Status >= 200 || x.Response.Status == 101) return Accept(x, connection, result.Consumed);
                    var passed = await x.Downstream.WriteInterimAsync(x.Response);
                    if (passed != WireResult.Ok) return ClientFailed(x);
                    connection.Reader.SkipHead(result.Consumed);
                    break;
                }

                var received = connection.Reader.ReceiveHead(cluster.HeaderLimit, BufferSize.Medium);
                if (received > 0) continue;
                if (received != Transport.WouldBlock) return EndedEarly(connection, received);
                var waited = await WaitAsync(x, connection);
                if (waited != Refusal.None) return waited;
            }
        }

        return Refusal.UpstreamBadResponse;
    }

    private static unsafe ParseResult Parse(Exchange x, UpstreamConnection connection, Cluster cluster, ref Http1ParseState state)
    {
        var reader = connection.Reader;
        if (reader.Head.Available == 0) return ParseResult.NeedMore;
        if (x.Times.FirstByte == 0) x.Times.FirstByte = x.Owner.Loop.TurnTimestamp;
        var limits = new Http1Limits { StartLine = cluster.HeaderLimit, Head = cluster.HeaderLimit, Fields = 1000 };
        var result = ResponseParser.Parse(x.Response, reader.HeadPointer, reader.Head.Available, x.Request.Method, limits, ref state, out var detail);
        if (result.Outcome == ParseOutcome.Refused) x.Detail = detail;
        return result;
    }

    private static Refusal Accept(Exchange x, UpstreamConnection connection, int headLength)
    {
        var response = x.Response;
        // A switch that nobody asked for, or to another protocol than asked, would leave both sides speaking past each other.
        if (response.Status == 101 && !Upgrades.IsWanted(x)) return Refusal.UpstreamBadResponse;
        // To the client any 2xx would say that the switch was made.
        if (response.Status is >= 200 and < 300 && Upgrades.IsConnect(x.Request)) return Refusal.UpstreamBadResponse;
        connection.Reader.BeginBody(headLength, response.Framing, response.ContentLength);
        x.Source = ResponseSource.Upstream;
        return Refusal.None;
    }

    // Until the connection is readable. While the request is still being sent, the first byte is not due.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<Refusal> WaitAsync(Exchange x, UpstreamConnection connection)
    {
        var loop = x.Owner.Loop;
        while (true)
        {
            var begun = x.IsPumping ? loop.Now : x.SentAt;
            var wait = await connection.Transport.Readable(begun + x.RouteModel.FirstByteTimeout);
            if (wait == WaitResult.Ready) return Refusal.None;
            if (x.Refusal != Refusal.None) return x.Refusal;
            if (wait == WaitResult.Cancelled) return x.CancelReason(Refusal.UpstreamTimeout);
            if (!x.IsPumping && loop.Now >= x.SentAt + x.RouteModel.FirstByteTimeout) return Refusal.UpstreamTimeout;
        }
    }

    private static Refusal EndedEarly(UpstreamConnection connection, int received)
    {
        if (connection.Reader.Head.Available > 0) return Refusal.UpstreamBadResponse;
        return received == 0 ? Refusal.UpstreamClosed : Refusal.UpstreamReset;
    }

    // It may still be there, but not take what it was sent: nothing else may follow in its place.
    private static Refusal ClientFailed(Exchange x)
    {
        x.Downstream.Abort();
        x.ClientLeft();
        return Refusal.ClientGone;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<AttemptOutcome> GiveUpAsync(Exchange x, UpstreamConnection connection, Refusal reason, bool safe)
    {
        x.Refuse(reason);
        await RequestPump.StopAsync(x);
        x.Upstream = null;
        x.Response.Reset();
        if (connection.IsReused && reason is Refusal.UpstreamClosed or Refusal.UpstreamReset) CloseStale(x, connection);
        else x.Owner.Pools.Close(connection, graceful: false);
        // A body that was begun cannot be sent again: there is no copy of it.
        return safe && x.Downstream.BodyBytes == 0 ? AttemptOutcome.NeverReached : AttemptOutcome.Failed;
    }

    // The origin closed a kept connection as it was used. The others have been idle for longer still: the next attempt must not meet them.
    private static void CloseStale(Exchange x, UpstreamConnection connection)
    {
        x.Owner.Pools.CloseIdle(connection.Endpoint);
        x.Owner.Pools.Close(connection, graceful: true);
    }

    private static AttemptOutcome Abandon(Exchange x, UpstreamConnection connection, Refusal reason)
    {
        x.Refuse(reason);
        x.Owner.Pools.Close(connection, graceful: true);
        return AttemptOutcome.Failed;
    }

    // RFC 9110 §9.2.2: a kept connection may close as we send; a client may repeat an idempotent request by itself then, and so may we.
    // An interim response is an answer too: the client has it, and must not get it twice.
    private static bool IsSafeAgain(Exchange x, UpstreamConnection connection)
        => connection.IsReused && x.Times.FirstByte == 0 && IsRepeatable(x.Request);

    private static bool IsRepeatable(RequestHead request)
        => !request.HasBody && request.Method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Options or HttpMethod.Put or HttpMethod.Delete or HttpMethod.Trace;
}
