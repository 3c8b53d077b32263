using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Layer4;

/// <summary>Connects a TCP connection to an endpoint. No byte of it was sent before one took it, so any other may be tried.</summary>
internal static class StreamForwarder
{
    /// <summary>False: the exchange has a refusal.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> ConnectAsync(Exchange x)
    {
        var cluster = x.Forward!.Cluster;
        var choice = x.Forward!.Choice;
        var tried = default(TriedEndpoints);
        while (true)
        {
            if (x.IsClientGone)
            {
                x.Refuse(Refusal.ClientGone);
                return false;
            }

            var endpoint = Balancer.Pick(x, cluster, choice, tried);
            if (endpoint is null)
            {
                x.Refuse(Refusal.NoEndpoint);
                return false;
            }

            x.Owner.Mark(TurnSteps.Attempt);
            x.Attempts++;
            x.Times.Connecting = x.Clock;
            x.Times.Dequeued = 0;
            x.Endpoint = x.LastEndpoint = endpoint.State;
            endpoint.State.BeginAttempt();
            if (await Connector.AcquireAsync(x, cluster, endpoint.State) is UpstreamConnection connection)
            {
                x.Upstream = connection;
                connection.Output.Timeout = cluster.ConnectTimeout;
                // A header that says whom the connection is from goes first.
                if (await connection.Output.FlushAsync() == WireResult.Ok)
                {
                    x.Times.Sent = x.Clock;
                    return true;
                }

                x.Refuse(x.CancelReason(Refusal.UpstreamReset));
                CloseUpstream(x);
            }

            Forwarder.EndAttempt(x);
            if (x.Attempts >= cluster.MaxAttempts || x.IsClientGone) return false;
            tried.Add(x.LastEndpoint!);
            x.ForgiveAttempt();
        }
    }

    /// <summary>It is over: the endpoint hears of it in the way that the client ended.</summary>
    public static void End(Exchange x)
    {
        if (x.Upstream is not null) CloseUpstream(x);
        if (x.Endpoint is not null) Forwarder.EndAttempt(x);
    }

    private static void CloseUpstream(Exchange x)
    {
        var connection = x.Upstream!;
        x.Upstream = null;
        var isWhole = x.Refusal is Refusal.None or Refusal.StreamIdleTimeout or Refusal.ShuttingDown;
        connection.Release(x.Forward!.Cluster, isWhole ? UpstreamEnd.Close : UpstreamEnd.Abort);
    }
}
