using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
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
        if (cluster.Breaker is { } plan && !await ClusterGate.EnterAsync(x, cluster, plan)) return false;
        while (true)
        {
            if (x.IsClientGone)
            {
                x.Refuse(Refusal.ClientGone);
                return false;
            }

            if (Forwarder.TryPick(x, cluster, choice) is not { } endpoint) return false;
            x.Owner.Mark(TurnSteps.Attempt);
            x.Times.Connecting = x.Clock;
            x.Times.Dequeued = 0;
            if (await Connector.AcquireAsync(x, cluster, endpoint.State) is UpstreamConnection connection)
            {
                x.Upstream = connection;
                connection.Output.Timeout = cluster.ConnectTimeout;
                // A header that says whom the connection is from goes first.
                if (await connection.Output.FlushAsync() == WireResult.Ok)
                {
                    x.Times.Sent = x.Clock;
                    Outcomes.NoteStream(x, cluster, isConnected: true);
                    return true;
                }

                x.Refuse(x.CancelReason(Refusal.UpstreamReset));
                CloseUpstream(x);
            }

            Outcomes.NoteStream(x, cluster, isConnected: false);
            Forwarder.EndAttempt(x);
            if (x.Attempts >= cluster.MaxAttempts || x.IsClientGone) return false;
            x.ForgiveAttempt();
        }
    }

    /// <summary>It is over: the endpoint hears of it in the way that the client ended.</summary>
    public static void End(Exchange x)
    {
        if (x.Upstream is not null) CloseUpstream(x);
        if (x.Endpoint is not null) Forwarder.EndAttempt(x);
        if (x.IsInGate) ClusterGate.Leave(x, x.Forward!.Cluster);
    }

    private static void CloseUpstream(Exchange x)
    {
        var connection = x.Upstream!;
        x.Upstream = null;
        var isWhole = x.Refusal is Refusal.None or Refusal.StreamIdleTimeout or Refusal.ShuttingDown;
        connection.Release(x.Forward!.Cluster, isWhole ? UpstreamEnd.Close : UpstreamEnd.Abort);
    }
}
