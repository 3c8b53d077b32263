using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>
/// The whole path of a datagram, up from a client and down from its session's endpoint. If a step is not visible here, it does not
/// happen. Nothing waits: what cannot go on at once is dropped and counted, as UDP has it.
/// </summary>
internal static class DatagramPipeline
{
    // Datagrams that a session may pass down in a turn.
    private const int TurnDatagrams = 128;

    /// <summary>What clients sent to a listener.</summary>
    public static void FromClients(SessionTable table, DatagramBatch batch)
    {
        table.CountReceived(batch);
        for (int at = 0, run; at < batch.Count; at += run)
        {
            run = SessionTable.RunOf(batch, at);                            // of one client, one after the other: sent with one call
            var session = table.Find(batch, at)                             // known by its client, and the address of ours that it wrote to
                ?? SessionStart.TryBegin(table, batch, at, run);            // else a new one: limits, and an endpoint by the cluster's balancer
            if (session is null) continue;
            run = Math.Min(run, session.RequestsLeft);                      // a session may be for so many datagrams only
            SessionSender.Send(session, batch, at, run);                    // to its endpoint, or to another when that one is not there
            if (session.RequestsLeft == 0) table.Unbind(session);           // the client's next datagram begins another
        }
    }

    /// <summary>What a session's endpoint sent, or that it is not there.</summary>
    public static void FromEndpoint(Session session)
    {
        for (var turn = 0; session.Socket.MayBeReadable;)
        {
            if (turn >= TurnDatagrams)
            {
                session.GoOnLater();
                return;
            }

            var received = session.Table.Replies.Receive(session);          // straight to where they leave from, at the end of the loop's pass
            if (received == Transport.Failed) SessionEndpoints.Fail(session, Refusal.ConnectFailed); // the client's next datagram goes to another
            if (received < 0) return;
            turn += received;
            session.CountAnswers(received);
            if (session.IsAnswered) session.Table.End(session, SessionEnd.Answered);
        }
    }
}
