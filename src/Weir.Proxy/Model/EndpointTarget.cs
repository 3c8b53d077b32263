using System.Globalization;

namespace Weir.Proxy.Model;

/// <summary>
/// Which endpoints an operator means: one, by the URL that the configuration or what finds endpoints calls it, or all that have a zone, a label or a
/// priority, those that come later too. As text it is a key of overlay.json: <c>shop http://10.0.0.1:80</c>, <c>shop zone=dc1</c>, <c>* label=dc=1</c>.
/// </summary>
/// <param name="Cluster">The cluster's name; null for all, which only a selector can mean.</param>
/// <param name="What">The URL, or the selector: no URL begins as one does.</param>
public readonly record struct EndpointTarget(string? Cluster, string What)
{
    private const string EveryCluster = "*";
    private const string Zone = "zone=", Label = "label=", Priority = "priority=";

    /// <summary>It may mean several.</summary>
    public bool IsSelector => What.StartsWith(Zone, StringComparison.Ordinal) || What.StartsWith(Label, StringComparison.Ordinal) || What.StartsWith(Priority, StringComparison.Ordinal);

    /// <summary>Names of clusters have no spaces; null when <paramref name="text"/> has none either, or makes no sense.</summary>
    public static EndpointTarget? Parse(string text)
    {
        if (text.IndexOf(' ', StringComparison.Ordinal) is not (> 0 and var at)) return null;
        var target = new EndpointTarget(text[..at] == EveryCluster ? null : text[..at], text[(at + 1)..]);
        return target.IsSelector ? target.Problem() is null ? target : null : target.Cluster is null ? null : target;
    }

    /// <summary>Why it cannot be a selector; null when it can.</summary>
    public string? Problem()
    {
        var value = What[(What.IndexOf('=', StringComparison.Ordinal) + 1)..];
        if (What.StartsWith(Priority, StringComparison.Ordinal)) return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Text(number) == value ? null : $"'{value}' is not a priority: a whole number";
        if (What.StartsWith(Label, StringComparison.Ordinal)) return value.IndexOf('=', StringComparison.Ordinal) > 0 ? null : $"'{value}' is not a label: name=value";
        return value.Length > 0 ? null : "no zone is named";
    }

    /// <summary>Whether an endpoint of a cluster is meant.</summary>
    public bool Takes(string cluster, string url, string? zone, int priority, IReadOnlyDictionary<string, string> labels)
    {
        if (Cluster is not null && Cluster != cluster) return false;
        if (!IsSelector) return What == url;
        var value = What.AsSpan(What.IndexOf('=', StringComparison.Ordinal) + 1);
        if (What.StartsWith(Zone, StringComparison.Ordinal)) return zone is not null && value.SequenceEqual(zone);
        if (What.StartsWith(Priority, StringComparison.Ordinal)) return value.SequenceEqual(Text(priority));
        var at = value.IndexOf('=');
        return labels.TryGetValue(value[..at].ToString(), out var its) && value[(at + 1)..].SequenceEqual(its);
    }

    /// <summary>The key of overlay.json.</summary>
    public override string ToString() => $"{Cluster ?? EveryCluster} {What}";

    internal bool Takes(string cluster, Endpoint endpoint) => Takes(cluster, endpoint.Url, endpoint.Zone, endpoint.Priority, endpoint.Labels);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
