using System.Collections.Frozen;
using Weir.Sdk.Configuration;

namespace Weir.Policies.Rewrite;

/// <summary>
/// Changes where a request goes: path, host, query. The path is changed by one of <see cref="Path"/>, <see cref="Regex"/>, or
/// <see cref="StripPrefix"/> and <see cref="AddPrefix"/>. All templates see the request as it came to the policy.
/// </summary>
public sealed record RewriteConfig
{
    /// <summary>Taken off the front of the path, by segment: <c>/api</c> fits /api and /api/x, not /apix. A path that it does not fit stays.</summary>
    public string? StripPrefix { get; init; }

    /// <summary>Put in front of the path, after <see cref="StripPrefix"/>.</summary>
    public string? AddPrefix { get; init; }

    /// <summary>
    /// The new path, a template that begins with '/'. Bytes that a path cannot hold are encoded, then it is normalised as docs/paths.md says. A result with "." or ".." for a segment:
    /// 400, <c>path-escapes-root</c>; with a '%' that encodes nothing, or NUL: 400, <c>bad-path-encoding</c>; longer than 16 KiB: 414, <c>request-line-too-long</c>.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Replaces a part of the path. The result is held to the same rules.</summary>
    public RewriteRegexConfig? Regex { get; init; }

    /// <summary>The new host, a template: <c>name</c> or <c>name:port</c>. Empty leaves it. What is no host: 400, <c>bad-host</c>.</summary>
    public string? Host { get; init; }

    /// <summary>Edits of the query.</summary>
    public RewriteQueryConfig Query { get; init; } = new();
}

/// <summary>Replaces the first match in the path.</summary>
public sealed record RewriteRegexConfig
{
    /// <summary>A non-backtracking pattern, over the whole normalised path; anchor it yourself. A path without a match stays.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>What the match becomes: <c>$1</c> and <c>${name}</c> for its groups, <c>$0</c> for all of it, <c>$$</c> for a dollar.</summary>
    public string Replace { get; init; } = "";
}

/// <summary>Edits of a query, in the order keep, remove, set, add. Names are case-sensitive and compared decoded.</summary>
public sealed record RewriteQueryConfig
{
    /// <summary>Keep these parameters only; with a <c>*</c> at its end, every name that begins so. Default: all.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Parameters to remove; with a <c>*</c> at its end, every name that begins so.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>Parameters by name, values as templates, encoded as needed; all of the name become this one, at the end of the query.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>As <see cref="Set"/>, beside those of the name that are there.</summary>
    public IReadOnlyDictionary<string, string> Add { get; init; } = FrozenDictionary<string, string>.Empty;
}
