namespace Weir.Config.Records;

/// <summary>
/// A use of a policy: the name of a named one, or one kind with its configuration, and beside it <c>when</c> and <c>mode</c>:
/// <c>- headers: { request: { set: { X-A: b } } }</c>. Read by hand, not by its members.
/// </summary>
public sealed record PolicyConfig
{
    /// <summary>The name of a policy under <c>policies:</c>, when that is all there is.</summary>
    public string? Name { get; init; }

    /// <summary>The kind's key; empty for a use by name.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The kind's record as read; null for a use by name.</summary>
    public object? Settings { get; init; }

    /// <summary>An expression; the policy is skipped for exchanges where it is false.</summary>
    public string? When { get; init; }

    /// <summary><c>enforce</c> (default) or <c>shadow</c>: decided and logged, but without effect.</summary>
    public PolicyMode Mode { get; init; }

    /// <summary>The place of this use in the document, for problems: <c>routes.orders.policies[0]</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>The place of <see cref="Settings"/>, for a policy's own problems: <c>routes.orders.policies[0].headers</c>.</summary>
    public string SettingsPath => Kind.Length == 0 ? Path : Path + "." + Kind;
}

public enum PolicyMode : byte { Enforce, Shadow }
