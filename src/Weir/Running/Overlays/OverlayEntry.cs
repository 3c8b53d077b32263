using System.Globalization;
using Weir.Proxy.Model;

namespace Weir.Running.Overlays;

/// <summary>
/// One change as it is shown. <paramref name="Name"/>: of the route, an endpoint's URL, or the selector of endpoints; of the last two with the <paramref name="Cluster"/>,
/// null for all. <paramref name="Value"/>: weights of arms, on or off, the endpoints' weight, evict; null for a drain without that.
/// </summary>
internal sealed record OverlayEntry(string Kind, string Name, string? Cluster, string? Value, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>What it names is there at the moment.</summary>
    public bool InForce { get; init; } = true;

    /// <summary>What of it does nothing, and why.</summary>
    public string? Why { get; init; }

    /// <summary>For people.</summary>
    public string Text => $"{What}, since {Time(Since)}{(Until is { } until ? ", until " + Time(until) : "")}{(InForce ? Why is null ? "" : $" ({Why})" : $", not in force: {Why}")}";

    /// <summary>Without its times.</summary>
    internal string What => Kind switch
    {
        "drain" => $"drain {(Value is null ? "" : "and evict ")}{Endpoints}",
        "weight" => $"weight {Value} for {Endpoints}",
        _ => $"{Kind} {Name} {Value}",
    };

    private string Endpoints => Cluster is null ? $"{Name} (all clusters)" : new EndpointTarget(Cluster, Name).IsSelector ? $"{Name} (cluster {Cluster})" : $"{Name} of {Cluster}";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
