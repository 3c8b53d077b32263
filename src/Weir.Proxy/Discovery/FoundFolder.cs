using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>
/// What was found last, kept over a restart: a file for each cluster in a folder of the state. It is good only for a source that looks for the same. What
/// cannot be read is as if it were not there. Blocking: not for a loop.
/// </summary>
internal sealed class FoundFolder(string? folder)
{
    private readonly Lock _writing = new();

    public IReadOnlyList<FoundEndpoint> Load(string cluster, string identity)
    {
        if (folder is null) return [];
        try
        {
            using var stream = File.OpenRead(PathOf(cluster));
            return JsonSerializer.Deserialize(stream, FoundJson.Default.FoundFile) is { Endpoints: { } endpoints } file && file.Identity == identity
                ? [.. endpoints.Where(static e => e is { Url: not null, Labels: not null }).DistinctBy(static e => e.Url)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Null, or why it could not be kept.</summary>
    public string? Save(string cluster, string identity, IReadOnlyList<FoundEndpoint> endpoints)
    {
        if (folder is null) return null;
        try
        {
            Directory.CreateDirectory(folder);
            var path = PathOf(cluster);
            lock (_writing)
            {
                File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(new FoundFile(identity, endpoints), FoundJson.Default.FoundFile));
                File.Move(path + ".new", path, overwrite: true);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private string PathOf(string cluster) => Path.Combine(folder!, Uri.EscapeDataString(cluster) + ".json");
}

/// <summary>A file of the folder.</summary>
internal sealed record FoundFile(string Identity, IReadOnlyList<FoundEndpoint> Endpoints);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FoundFile))]
internal sealed partial class FoundJson : JsonSerializerContext;
