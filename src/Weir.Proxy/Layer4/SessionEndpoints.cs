using Weir.Http;
using Weir.Proxy.Balancing;

namespace Weir.Proxy.Layer4;

/// <summary>
/// Which endpoint a session is with. It keeps it, until the network tells that nobody is there (ICMP) or the endpoint is removed. A
/// weight or a balancer that changes is for new sessions.
/// </summary>
internal static class SessionEndpoints
{
    /// <summary>None: it has an endpoint now. Else why there is none.</summary>
    public static Refusal Choose(Session session)
    {
        var owner = session.Table.Owner;
        var cluster = session.Table.Plan.Cluster;
        owner.Mark(TurnSteps.Attempt);
        for (var tries = 0; ; tries++)
        {
            var endpoint = Balancer.Pick(owner, session.Key.Client, cluster, session.Tried);
            if (endpoint is null) return Refusal.NoEndpoint;
            var state = endpoint.State;
            var counters = state.PerLoop[owner.Index];
            session.Attempts++;
            session.Endpoint = session.LastEndpoint = state;
            session.Cluster = cluster.Name;
            state.BeginAttempt();
            state.Opened();
            var addresses = state.Addresses;
            var isExhausted = false;
            if (addresses.Length > 0 && session.Socket.TryConnect(addresses[(int)((ulong)counters.Tried++ % (uint)addresses.Length)], out isExhausted))
            {
                counters.Opened++;
                session.Refusal = Refusal.None;
                return Refusal.None;
            }

            if (isExhausted)
            {
                Leave(session);
                return Refusal.TooManySessions;
            }

            Fail(session, Refusal.ConnectFailed);
            if (tries + 1 >= cluster.MaxAttempts) return Refusal.ConnectFailed;
        }
    }

    /// <summary>The session's endpoint is not there: the next one is another, as long as there is one.</summary>
    public static void Fail(Session session, Refusal reason)
    {
        var counters = session.Endpoint!.PerLoop[session.Table.Owner.Index];
        counters.ConnectFailures++;
        counters.Failures++;
        counters.Faults++;
        session.Endpoint.Failed(reason, 0);
        session.Tried.Add(session.Endpoint);
        session.Refusal = reason;
        // What it was asked is not answered any more.
        session.Awaited = 0;
        Leave(session);
    }

    /// <summary>The session has no endpoint any more.</summary>
    public static void Leave(Session session)
    {
        if (session.Endpoint is not { } endpoint) return;
        session.Socket.Close();
        session.Endpoint = null;
        if (session.Answers > 0 && session.Refusal == Refusal.None) endpoint.Succeeded();
        endpoint.PerLoop[session.Table.Owner.Index].Attempts++;
        endpoint.Closed();
        endpoint.EndAttempt();
    }
}
