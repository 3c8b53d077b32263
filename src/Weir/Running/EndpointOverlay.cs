using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Certificates.Storage;

namespace Weir.Running;

/// <summary>What was changed at run time, of one endpoint.</summary>
internal sealed record OverlayEndpoint(string Cluster, string Endpoint, bool Drains, int? Weight, DateTimeOffset Since)
{
    /// <summary>Nothing is changed any more.</summary>
    [JsonIgnore]
    public bool IsEmpty => !Drains && Weight is null;

    public override string ToString()
    {
        var changes = new[] { Drains ? "drains" : null, Weight is { } weight ? "weight " + weight.ToString(CultureInfo.InvariantCulture) : null }.OfType<string>();
        return $"{Endpoint} of {Cluster}: {string.Join(", ", changes)} since {Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}";
    }
}

/// <summary>overlay-endpoints.json. What else can be changed at run time is in overlay.json.</summary>
internal sealed record OverlayFile(IReadOnlyList<OverlayEndpoint> Endpoints);

/// <summary>
/// What operators changed over the configuration, kept in the state folder, so that it outlives reloads and restarts. Whoever writes has the
/// file to themselves by <see cref="RuntimeChanges"/>; readers see the old content or the new.
/// </summary>
internal sealed class EndpointOverlay(string folder)
{
    public const int MostWeight = 1000;

    public string Path { get; } = System.IO.Path.Combine(folder, "overlay-endpoints.json");

    public IReadOnlyList<OverlayEndpoint> Endpoints { get; private set; } = [];

    /// <summary>What is wrong with the file; null when nothing is. One that cannot be read counts as empty.</summary>
    public string? Load()
    {
        try
        {
            var text = PrivateFiles.Read(Path);
            var read = text is null ? [] : JsonSerializer.Deserialize(text, EndpointOverlayJson.Default.OverlayFile)?.Endpoints ?? [];
            // People have hands.
            Endpoints = [.. read.Where(IsSound).DistinctBy(static e => (e.Cluster, e.Endpoint))];
            return Endpoints.Count == read.Count ? null : "some of its entries make no sense, and are left out";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return failure.Message;
        }
    }

    private static bool IsSound(OverlayEndpoint? entry) => entry is { Cluster: not null, Endpoint: not null, IsEmpty: false, Weight: null or (>= 0 and <= MostWeight) };

    /// <summary>In the file first, then here. <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/>: it cannot be kept, and nothing is changed.</summary>
    public void Save(IReadOnlyList<OverlayEndpoint> endpoints)
    {
        PrivateFiles.MakeFolder(folder);
        PrivateFiles.Replace(Path, JsonSerializer.Serialize(new OverlayFile(endpoints), EndpointOverlayJson.Default.OverlayFile));
        Endpoints = endpoints;
    }
}

/// <summary>The shape of overlay-endpoints.json.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OverlayFile))]
internal sealed partial class EndpointOverlayJson : JsonSerializerContext;
