namespace Weir.Proxy.Model;

/// <summary>What an endpoint is to a balancer, in one word: the first that holds.</summary>
internal enum EndpointCondition : byte
{
    /// <summary>The operator, or a weight of 0, keeps new requests from it.</summary>
    Draining,

    /// <summary>Its name has no address yet.</summary>
    Unresolved,

    /// <summary>Its probe says that it does not serve.</summary>
    Unhealthy,

    /// <summary>It failed what it was sent.</summary>
    Ejected,

    /// <summary>It fails what it is sent, and may not be ejected.</summary>
    Failing,

    /// <summary>It came or recovered a moment ago: its share grows.</summary>
    Warming,

    Healthy,
}

/// <summary>Reads it from what is known.</summary>
internal static class EndpointConditions
{
    public static EndpointCondition Of(Endpoint endpoint)
    {
        var state = endpoint.State;
        if (state.Draining || endpoint.Weight == 0) return EndpointCondition.Draining;
        if (state.Addresses.Length == 0) return EndpointCondition.Unresolved;
        if (state.Unhealthy) return EndpointCondition.Unhealthy;
        if (state.Ejected) return EndpointCondition.Ejected;
        if (state.Health.FailingFor is not null) return EndpointCondition.Failing;
        return state.IsWarming ? EndpointCondition.Warming : EndpointCondition.Healthy;
    }

    public const string Evicted = "weir drain --evict";

    /// <summary>Why it drains, if it does.</summary>
    public static string DrainedBy(EndpointState state) => state.Evicting ? Evicted : state.Draining ? "weir drain" : "weight 0";
}
