using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Config.Records;

namespace Weir.Config.Printing;

/// <summary>
/// The whole configuration with every default filled in. Read again it has the same digest, unless a secret was written plainly:
/// that one shows as <c>***</c>.
/// </summary>
public static class ConfigPrinter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToYaml(WeirConfig config) => YamlText.Write(Tree(config));

    public static string ToJson(WeirConfig config) => Tree(config).ToJsonString(Indented) + "\n";

    /// <summary>For callers that show a part of it, or put more beside it.</summary>
    public static JsonObject Tree(WeirConfig config) => (JsonObject)PrintTree.Of(config, Shapes.Shapes.Of(typeof(WeirConfig)))!;
}
