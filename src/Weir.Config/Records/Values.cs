using System.Collections.Frozen;

namespace Weir.Config.Records;

/// <summary>Event loops: <c>auto</c> or a number.</summary>
public readonly record struct WorkerCount(int Number)
{
    public static WorkerCount Auto => default;

    public bool IsAuto => Number == 0;

    public override string ToString() => IsAuto ? "auto" : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal static class Map<T>
{
    public static readonly IReadOnlyDictionary<string, T> Empty = FrozenDictionary<string, T>.Empty;
}
