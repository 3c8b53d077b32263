namespace Weir.Sdk.Configuration;

/// <summary>A member that must be written.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>A secret value; never printed. Exactly one of the three: a plain scalar, <c>{ file: … }</c>, <c>{ env: … }</c>.</summary>
public sealed record Secret(string Value)
{
    /// <summary>The file that it was read from, as written; null when it was not.</summary>
    public string? File { get; init; }

    /// <summary>The environment variable that it was read from; null when it was not.</summary>
    public string? Variable { get; init; }

    /// <summary>Hides the value.</summary>
    public override string ToString() => "***";
}
