using System.Text.Json.Serialization;
using Weir.Proxy.Model;

namespace Weir.Running.Overlays;

/// <summary>What was changed at run time, beside the files. Immutable; as it stands in the state folder.</summary>
internal sealed record OverlayState
{
    public const int MostArmWeight = 1_000_000;
    public const int MostWeight = 1000;

    public static readonly OverlayState Empty = new();

    /// <summary>Weights of a split's arms, by route.</summary>
    public IReadOnlyDictionary<string, SplitChange> Splits { get; init => field = value ?? field; } = None<SplitChange>.Changes;

    /// <summary>Maintenance, by route.</summary>
    public IReadOnlyDictionary<string, MaintenanceChange> Maintenance { get; init => field = value ?? field; } = None<MaintenanceChange>.Changes;

    /// <summary>Endpoints that get nothing new, by <see cref="EndpointTarget"/>.</summary>
    public IReadOnlyDictionary<string, DrainChange> Drains { get; init => field = value ?? field; } = None<DrainChange>.Changes;

    /// <summary>Weights of endpoints, by <see cref="EndpointTarget"/>.</summary>
    public IReadOnlyDictionary<string, WeightChange> Weights { get; init => field = value ?? field; } = None<WeightChange>.Changes;

    [JsonIgnore]
    public int Count => Splits.Count + Maintenance.Count + Drains.Count + Weights.Count;

    /// <summary>When the first of its changes is over; null when none ends by itself.</summary>
    [JsonIgnore]
    public DateTimeOffset? NextEnd => Splits.Values.Concat<RuntimeChange>(Maintenance.Values).Concat(Drains.Values).Concat(Weights.Values).Select(static c => c.Until).Min();

    /// <summary>Without what is over; weights that were given for good before hold again.</summary>
    public OverlayState At(DateTimeOffset now)
    {
        var left = Where((_, c) => c.Until is null || c.Until > now);
        var again = Splits.Where(s => !left.Splits.ContainsKey(s.Key) && s.Value.Before is not null).Select(static s => KeyValuePair.Create(s.Key, s.Value.Before!));
        return left with { Splits = left.Splits.Concat(again).ToDictionary(StringComparer.Ordinal) };
    }

    /// <summary>Without what makes no sense: people have hands, and the file is text.</summary>
    public OverlayState Sound() => Where(static (name, c) => c switch
    {
        SplitChange split => split.Weights?.Values.All(static w => w is >= 0 and <= MostArmWeight) == true,
        WeightChange weight => weight.Weight is >= 0 and <= MostWeight && EndpointTarget.Parse(name) is not null,
        DrainChange => EndpointTarget.Parse(name) is not null,
        _ => c is not null,
    });

    /// <summary>With this change of a route's split; null takes it back.</summary>
    public OverlayState With(string route, SplitChange? change) => this with { Splits = With(Splits, route, change) };

    /// <summary>With this change of a route's maintenance; null takes it back.</summary>
    public OverlayState With(string route, MaintenanceChange? change) => this with { Maintenance = With(Maintenance, route, change) };

    /// <summary>With these endpoints drained; null takes it back.</summary>
    public OverlayState With(EndpointTarget endpoints, DrainChange? change) => this with { Drains = With(Drains, endpoints.ToString(), change) };

    /// <summary>With this weight of endpoints; null takes it back.</summary>
    public OverlayState With(EndpointTarget endpoints, WeightChange? change) => this with { Weights = With(Weights, endpoints.ToString(), change) };

    /// <summary>What the data plane is told of endpoints, in the order in which it was asked for: the later holds.</summary>
    public IReadOnlyList<EndpointOverride> Overrides() =>
    [
        .. Drains.Select(static d => (d.Value.Since, Override: new EndpointOverride(EndpointTarget.Parse(d.Key)!.Value, true, null) { Evicts = d.Value.Evict }))
            .Concat(Weights.Select(static w => (w.Value.Since, Override: new EndpointOverride(EndpointTarget.Parse(w.Key)!.Value, false, w.Value.Weight))))
            .OrderBy(static o => o.Since).Select(static o => o.Override),
    ];

    private OverlayState Where(Func<string, RuntimeChange, bool> isWanted) => new()
    {
        Splits = Where(Splits, isWanted),
        Maintenance = Where(Maintenance, isWanted),
        Drains = Where(Drains, isWanted),
        Weights = Where(Weights, isWanted),
    };

    private static Dictionary<string, T> Where<T>(IReadOnlyDictionary<string, T> changes, Func<string, RuntimeChange, bool> isWanted) where T : RuntimeChange
        => changes.Where(c => isWanted(c.Key, c.Value)).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, T> With<T>(IReadOnlyDictionary<string, T> changes, string name, T? change) where T : RuntimeChange
    {
        var result = changes.ToDictionary(StringComparer.Ordinal);
        if (change is null) result.Remove(name);
        else result[name] = change;
        return result;
    }

    private static class None<T>
    {
        public static readonly IReadOnlyDictionary<string, T> Changes = new Dictionary<string, T>();
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OverlayState))]
internal sealed partial class OverlayJson : JsonSerializerContext;
