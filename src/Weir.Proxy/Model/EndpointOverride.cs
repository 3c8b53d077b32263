namespace Weir.Proxy.Model;

/// <summary>What an operator has changed of endpoints at run time, over what the configuration says. Immutable.</summary>
/// <param name="Target">The endpoints.</param>
/// <param name="Drains">They take no new requests.</param>
/// <param name="Weight">In place of the configured one; null for that. Of several for an endpoint the last one holds.</param>
public sealed record EndpointOverride(EndpointTarget Target, bool Drains, int? Weight)
{
    /// <summary>With <see cref="Drains"/>: clients that a cookie keeps there move on.</summary>
    public bool Evicts { get; init; }
}
