namespace Weir.Running.Overlays;

/// <summary>An endpoint of a cluster, both as the configuration or what finds endpoints calls them. As text it is a key of overlay.json: <c>shop http://10.0.0.1:80</c>.</summary>
internal readonly record struct EndpointName(string Cluster, string Url)
{
    /// <summary>Names of clusters have no spaces; null when <paramref name="text"/> has none either.</summary>
    public static EndpointName? Parse(string text)
        => text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at ? new EndpointName(text[..at], text[(at + 1)..]) : null;

    public override string ToString() => $"{Cluster} {Url}";
}
