using System.Text.Json;
using Weir.Config.Schema;

namespace Weir.Docs.Tests;

/// <summary>docs/configuration.md has every key of the file, with its default.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void Every_key_has_its_row_and_default()
    {
        using var schema = JsonDocument.Parse(ConfigSchema.Generate([]));
        var rows = Pages.Text("docs/configuration.md").Split('\n').Where(static l => l.StartsWith("| `", StringComparison.Ordinal)).Select(static l => l.Trim('|', ' ').Split(" | "))
            .SelectMany(static r => r[0].Split('`').Where(static (_, i) => i % 2 == 1).Select(key => (key, value: r.Length > 1 ? r[1].Trim('`', ' ') : ""))).ToLookup(static r => r.key, static r => r.value);
        var missing = new List<string>();
        foreach (var (key, value) in Keys(schema.RootElement))
        {
            if (!rows.Contains(key)) missing.Add(key);
            else if (value.Length > 0 && !rows[key].Contains(value)) missing.Add($"{key}: {value}, not {string.Join(" or ", rows[key])}");
        }

        missing.ShouldBeEmpty();
    }

    private static IEnumerable<(string Key, string Default)> Keys(JsonElement schema)
    {
        var records = schema.GetProperty("definitions").EnumerateObject().Where(static d => d.Name != "Policy").Select(static d => d.Value).Prepend(schema);
        return records.SelectMany(static r => Properties(r)).SelectMany(static p => p.EnumerateObject()).Select(static p => (p.Name, p.Value.TryGetProperty("default", out var d) ? Text(d) : ""));
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    // A record, or one that has a shorthand: then it is among several.
    private static IEnumerable<JsonElement> Properties(JsonElement record)
    {
        if (record.TryGetProperty("properties", out var properties)) return [properties];
        return record.TryGetProperty("anyOf", out var any) ? any.EnumerateArray().SelectMany(Properties) : [];
    }
}
