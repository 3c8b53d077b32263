using Weir.Proxy.Model;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Inspection;

/// <summary>An endpoint as it was seen in a Weir that runs: what it is, whether the file lists it, and the state that it is in with the reason.</summary>
internal sealed record SeenEndpoint(FoundEndpoint Found, bool IsListed, EndpointCondition Condition, string? Reason)
{
    /// <summary>Puts the endpoint of a trial into the same state.</summary>
    public void Show(Endpoint endpoint)
    {
        var state = endpoint.State;
        state.Weight = Found.Weight;
        state.Draining = Condition == EndpointCondition.Draining && Found.Weight > 0;
        state.Evicting = state.Draining && Reason == EndpointConditions.Evicted;
        state.Unhealthy = Condition == EndpointCondition.Unhealthy;
        state.Ejected = Condition == EndpointCondition.Ejected;
        state.NoteHealth(_ => Condition switch
        {
            EndpointCondition.Unresolved => EndpointHealth.Unknown with { NameFailure = Reason },
            EndpointCondition.Unhealthy => EndpointHealth.Unknown with { ProbeFailure = Reason },
            EndpointCondition.Ejected => EndpointHealth.Unknown with { EjectedFor = Reason },
            EndpointCondition.Failing => EndpointHealth.Unknown with { FailingFor = Reason },
            _ => EndpointHealth.Unknown,
        });
    }
}
