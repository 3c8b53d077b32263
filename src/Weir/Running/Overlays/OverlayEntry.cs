using System.Globalization;

namespace Weir.Running.Overlays;

/// <summary>
/// One change as it is shown. <paramref name="Name"/>: of the route, or an endpoint's URL, then with its <paramref name="Cluster"/>. <paramref name="Value"/>:
/// weights of arms, on or off, the endpoint's weight; null for a drain.
/// </summary>
internal sealed record OverlayEntry(string Kind, string Name, string? Cluster, string? Value, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>What it names is there at the moment.</summary>
    public bool InForce { get; init; } = true;

    /// <summary>What of it does nothing, and why.</summary>
    public string? Why { get; init; }

    /// <summary>For people.</summary>
    public string Text => $"{What}, since {Time(Since)}{(Until is { } until ? ", until " + Time(until) : "")}{(InForce ? Why is null ? "" : $" ({Why})" : $", not in force: {Why}")}";

    private string What => Kind switch
    {
        "drain" => $"drain {Name} of {Cluster}",
        "weight" => $"weight {Value} for {Name} of {Cluster}",
        _ => $"{Kind} {Name} {Value}",
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
