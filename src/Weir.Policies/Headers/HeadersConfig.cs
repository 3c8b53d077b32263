using System.Collections.Frozen;
using Weir.Sdk.Configuration;

namespace Weir.Policies.Headers;

/// <summary>Edits header fields of requests and responses.</summary>
public sealed record HeadersConfig
{
    /// <summary>Edits of the request, before it goes to the cache and the action.</summary>
    public FieldEditsConfig Request { get; init; } = new();

    /// <summary>Edits of the response, from wherever it comes: an origin, the cache or Weir.</summary>
    public FieldEditsConfig Response { get; init; } = new();
}

/// <summary>
/// Edits of one head, in the order remove, set, add. Fields of the connection and of framing (Connection, Content-Length, Host, …)
/// are an error, <c>reserved-field</c>.
/// </summary>
public sealed record FieldEditsConfig
{
    /// <summary>
    /// Fields by name, values as templates; all fields of the name become this one. A value that comes out empty removes the field.
    /// A value with a line break or another control character, which decoded values can bring: 400 (request) or 500 (response), <c>bad-field-value</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>As <see cref="Set"/>, beside the fields of the name that are there. A value that comes out empty adds nothing.</summary>
    public IReadOnlyDictionary<string, string> Add { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Names of fields to remove; with a <c>*</c> at its end, every name that begins so. Case does not matter.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Remove { get; init; } = [];
}
