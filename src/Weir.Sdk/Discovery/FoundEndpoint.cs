namespace Weir.Sdk.Discovery;

/// <summary>An endpoint that a source found. Immutable.</summary>
/// <param name="Url">As under <c>endpoints:</c> in the file: <c>http://10.0.0.1:8080</c>. It is what the endpoint is known by: with the same URL it stays the same one, with its connections and counts.</param>
public sealed record FoundEndpoint(string Url)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Who it is, where the URL has an address alone: the name that TLS asks for and that <c>Host</c> may be set to. Null for the URL's own.</summary>
    public string? Name { get; init; }

    /// <summary>Share of requests, 0 to 1000. 0 takes no new ones.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>0 to 15; lower numbers are asked first.</summary>
    public int Priority { get; init; }

    /// <summary>Where it is; null for nowhere in particular.</summary>
    public string? Zone { get; init; }

    /// <summary>What routes may choose endpoints by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = None;

    /// <summary>All members are alike.</summary>
    public bool SaysTheSameAs(FoundEndpoint other)
    {
        if (Url != other.Url || Name != other.Name || Weight != other.Weight || Priority != other.Priority || Zone != other.Zone || Labels.Count != other.Labels.Count) return false;
        foreach (var (name, value) in Labels)
            if (!other.Labels.TryGetValue(name, out var its) || its != value) return false;
        return true;
    }
}
