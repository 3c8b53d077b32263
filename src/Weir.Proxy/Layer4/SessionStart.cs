using Weir.Http;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>Says whether a client may have a session. A listener's, over all loops.</summary>
internal interface ISessionGate
{
    /// <summary>None: it may. <paramref name="counted"/> goes to <see cref="Leave"/>.</summary>
    Refusal Enter(PeerAddress client, out bool counted);

    void Leave(PeerAddress client, bool counted);
}

/// <summary>
/// Begins sessions. Whoever sends from addresses that are not theirs gets no further than the listener's limits, and what is refused
/// leaves nothing behind but a count.
/// </summary>
internal static class SessionStart
{
    /// <summary>Null: the datagrams of this client are dropped, and that is counted.</summary>
    public static Session? TryBegin(SessionTable table, DatagramBatch batch, int at, int run)
    {
        table.Owner.Mark(TurnSteps.Accept);
        var key = SessionTable.KeyOf(batch, at);
        var refusal = table.Gate.Enter(key.Client, out var counted);
        if (refusal == Refusal.None)
        {
            var session = table.Add(key, batch.PathTo(at), counted);
            refusal = SessionEndpoints.Choose(session);
            if (refusal == Refusal.None)
            {
                table.Counters.Sessions++;
                return session;
            }

            table.Remove(session);
        }

        table.Drop(refusal, run);
        return null;
    }
}
