using Weir.Http;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>Sends a client's datagrams to its session's endpoint.</summary>
internal static class SessionSender
{
    public static void Send(Session session, DatagramBatch batch, int at, int count)
    {
        // What is dropped counts as taken too: a session is for so many datagrams, whatever becomes of them.
        session.CountRequests(count, batch.Bytes(at, count));
        for (var failures = 0; count > 0;)
        {
            if (session.Endpoint is null && SessionEndpoints.Choose(session) is var refusal && refusal != Refusal.None)
            {
                session.Table.Drop(refusal, count);
                return;
            }

            var sent = session.Socket.TrySend(batch, at, count, out var stop);
            at += sent;
            count -= sent;
            if (stop == SendStop.None) return;
            if (stop == SendStop.TooLarge)
            {
                session.Table.Drop(Refusal.DatagramTooLarge, 1);
                at++;
                count--;
            }
            else if (stop == SendStop.Failed && ++failures < session.Table.Plan.Cluster.MaxAttempts)
            {
                // The network said so of an earlier datagram. This one was not sent for it, and goes to another endpoint.
                SessionEndpoints.Fail(session, Refusal.ConnectFailed);
                session.Awaited = (long)count * session.Table.Plan.ResponsesPerRequest;
            }
            else
            {
                if (stop == SendStop.Failed) SessionEndpoints.Fail(session, Refusal.ConnectFailed);
                session.Table.Drop(stop == SendStop.Full ? Refusal.DatagramDropped : Refusal.ConnectFailed, count);
                return;
            }
        }
    }
}
