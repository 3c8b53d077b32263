using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Actions;
using Weir.Proxy.Mirroring;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Requests;
using Weir.Proxy.Responses;
using Weir.Proxy.Upstream;

namespace Weir.Proxy;

/// <summary>
/// The whole path of an exchange. If a step is not visible here, it does not happen. Afterwards the exchange is over and logged; the
/// connection's own method decides whether another follows.
/// </summary>
internal static class Pipeline
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        try
        {
            if (x.Refusal == Refusal.None && RequestGuard.Accept(x)         // who asks, and is it served at all
                && !(ChallengeAnswer.IsAsked(x) && await ChallengeAnswer.TryGiveAsync(x))) // an authority that issues a certificate
            {
                Router.Match(x);                                            // which route; 404, 405 and automatic OPTIONS come from here
                Splitter.Choose(x);                                         // which arm of it, if it is split
                if (RequestGuard.IsWanted(x)                                // or has it been taken back already
                    && MaintenanceGate.Admits(x)                            // is it served at the moment
                    && RequestGuard.AcceptOnRoute(x)                        // what the route says of the body
                    && (x.RouteModel.Chain.Request.Length == 0 || await PolicyRunner.RequestAsync(x))
                    && Upgrades.TryEnter(x))                                // a place among the route's tunnels, if it may become one
                {
                    x.Times.PoliciesDone = x.Clock;
                    if (x.Forward is not { } forward || x.Reply is not null) x.Reply ??= x.RouteModel.Reply; // action: respond, redirect
                    else if (!forward.TakesGrpcWeb || GrpcWeb.TryTranslate(x)) // a browser's gRPC becomes gRPC
                    {
                        if (forward.Mirror is { } mirror) Mirrors.Begin(x, mirror); // a copy goes elsewhere; nothing here waits for it
                        await Forwarder.RunAsync(x);                        // action: forward
                        if (x.Mirrored is not null) Mirrors.NoteAnswer(x);  // to be compared with the copy's
                        if (x.NewSlot is not null) Splitter.Remember(x);    // the client keeps its place in a split
                    }

                    if (FallbackAction.IsDue(x)) await FallbackAction.RunAsync(x); // what stands in when that came to nothing
                }
            }

            if (x.IsTunnelRequested) await Tunnel.RunAsync(x);              // 101: from here on bytes, both ways
            else if (!x.IsAborted && !x.IsClientGone) await ResponseWriter.RunAsync(x); // response policies, head, body, trailers
        }
        catch (Exception fault)
        {
            await Faults.EndAsync(x, fault);                                // a bug: counted, answered with 500 if that is still possible
        }

        await RequestPump.StopAsync(x);                                     // the rest of a request's body that nobody wants
        Forwarder.End(x);                                                   // the origin's connection is kept or closed
        Upgrades.Leave(x);                                                  // its place among the route's tunnels
        Completion.Record(x);                                               // metrics, log, policies' log phase: exactly once
        if (x.Mirrored is not null) Mirrors.Leave(x);                       // a copy of its request goes on alone
    }
}
