using System.Text.Json.Serialization;

namespace Weir.Running.Overlays;

/// <summary>What was changed at run time, beside the files. Immutable; as it stands in the state folder.</summary>
internal sealed record OverlayState
{
    public static readonly OverlayState Empty = new();

    /// <summary>Weights of a split's arms, by route.</summary>
    public IReadOnlyDictionary<string, SplitChange> Splits { get; init; } = new Dictionary<string, SplitChange>();

    /// <summary>Maintenance, by route.</summary>
    public IReadOnlyDictionary<string, MaintenanceChange> Maintenance { get; init; } = new Dictionary<string, MaintenanceChange>();

    /// <summary>When the next change is over; null when none ends by itself.</summary>
    public DateTimeOffset? NextEnd(DateTimeOffset now)
        => Splits.Values.Select(static s => s.Until).Concat(Maintenance.Values.Select(static m => m.Until)).Where(u => u > now).Min();

    /// <summary>Without what is over.</summary>
    public OverlayState At(DateTimeOffset now) => new()
    {
        Splits = Splits.Where(s => s.Value.Until is null || s.Value.Until > now).ToDictionary(StringComparer.Ordinal),
        Maintenance = Maintenance.Where(m => m.Value.Until is null || m.Value.Until > now).ToDictionary(StringComparer.Ordinal),
    };

    /// <summary>With this change of a route's split; null takes it back.</summary>
    public OverlayState With(string route, SplitChange? change) => this with { Splits = With(Splits, route, change) };

    /// <summary>With this change of a route's maintenance; null takes it back.</summary>
    public OverlayState With(string route, MaintenanceChange? change) => this with { Maintenance = With(Maintenance, route, change) };

    private static Dictionary<string, T> With<T>(IReadOnlyDictionary<string, T> changes, string name, T? change) where T : class
    {
        var result = changes.ToDictionary(StringComparer.Ordinal);
        if (change is null) result.Remove(name);
        else result[name] = change;
        return result;
    }
}

/// <summary>Weights of arms; those that are not named keep what the file says. <paramref name="Until"/> null: until it is taken back.</summary>
internal sealed record SplitChange(IReadOnlyDictionary<string, int> Weights, DateTimeOffset Since, DateTimeOffset? Until);

internal sealed record MaintenanceChange(bool On, DateTimeOffset Since, DateTimeOffset? Until);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OverlayState))]
internal sealed partial class OverlayJson : JsonSerializerContext;
