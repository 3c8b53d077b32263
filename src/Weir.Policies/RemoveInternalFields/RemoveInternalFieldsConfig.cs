using Weir.Sdk.Configuration;

namespace Weir.Policies.RemoveInternalFields;

/// <summary>
/// Takes out response fields that tell strangers what the origin is made of: Server, X-Powered-By, X-AspNet-Version,
/// X-AspNetMvc-Version, X-Generator, X-Runtime, X-Version, X-Backend-Server, X-Upstream.
/// </summary>
[Shorthand(nameof(Fields))]
public sealed record RemoveInternalFieldsConfig
{
    /// <summary>Names to remove beside those; with a <c>*</c> at its end, every name that begins so. Case does not matter.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Names of the built-in list to leave alone. Another name: a warning.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Keep { get; init; } = [];
}
