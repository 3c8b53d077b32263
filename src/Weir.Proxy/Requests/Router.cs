using Weir.Http;
using Weir.Proxy.Routes;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Requests;

/// <summary>Finds an exchange's route and what follows from it at once.</summary>
internal static class Router
{
    private static readonly LocalReply Options = new() { Status = 204 };

    public static void Match(Exchange x)
    {
        x.Owner.Mark(TurnSteps.Match);
        var listener = x.ListenerModel;
        var needsClient = listener.Table.NeedsClient;
        var match = listener.Table.Match(new MatchInput(x.Request, needsClient ? x.ClientAddress : null), ref x.Captures);
        x.MatchedPath = x.Request.Path;
        x.Allow = match.Allow;
        if (match.Route >= 0) x.RouteModel = listener.Routes[match.Route];
        switch (match.Outcome)
        {
            case RouteOutcome.NoRoute:
                x.Refuse(Refusal.NoRoute);
                break;
            case RouteOutcome.MethodNotAllowed:
                x.Refuse(Refusal.MethodNotAllowed);
                break;
            case RouteOutcome.AutomaticOptions:
                x.Reply = Options;
                x.IsAutomaticOptions = true;
                break;
        }

        x.RouteModel.State.PerLoop[x.Owner.Index].Active++;
        x.IsRouted = true;
        x.StartTotalTimer(Grpc.Timeout(x.Request));
    }
}
