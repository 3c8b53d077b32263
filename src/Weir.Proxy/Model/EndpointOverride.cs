namespace Weir.Proxy.Model;

/// <summary>What an operator has changed of an endpoint at run time, over what the configuration says. Immutable.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Endpoint">The endpoint's URL, as configured.</param>
/// <param name="Drains">It takes no new requests.</param>
/// <param name="Weight">In place of the configured one; null for that.</param>
public sealed record EndpointOverride(string Cluster, string Endpoint, bool Drains, int? Weight);
