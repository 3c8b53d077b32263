using System.Collections.Frozen;

namespace Weir.Config.Records;

/// <summary>A member that must be written.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>Event loops: <c>auto</c> or a number.</summary>
public readonly record struct WorkerCount(int Number)
{
    public static WorkerCount Auto => default;

    public bool IsAuto => Number == 0;

    public override string ToString() => IsAuto ? "auto" : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A secret value; never printed. Exactly one of the three: a plain scalar, <c>{ file: … }</c>, <c>{ env: … }</c>.</summary>
public sealed record Secret(string Value)
{
    /// <summary>Hides the value.</summary>
    public override string ToString() => "***";
}

internal static class Map<T>
{
    public static readonly IReadOnlyDictionary<string, T> Empty = FrozenDictionary<string, T>.Empty;
}
