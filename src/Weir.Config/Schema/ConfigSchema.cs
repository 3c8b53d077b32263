using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Config.Printing;
using Weir.Config.Records;
using Weir.Config.Shapes;
using Weir.Sdk.Policies;

namespace Weir.Config.Schema;

/// <summary>
/// The JSON schema of weir.yaml, from the same shapes that it is read by, with the records' docs. Draft-07: the draft that
/// editors' YAML servers know best.
/// </summary>
public sealed class ConfigSchema
{
    private const string PolicyDefinition = "Policy";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<PolicyFactory> _factories;
    private readonly JsonObject _definitions = [];
    private readonly Dictionary<Type, string> _names = [];

    private ConfigSchema(IEnumerable<PolicyFactory> factories) => _factories = [.. factories.OrderBy(f => f.Kind, StringComparer.Ordinal)];

    public static string Generate(IEnumerable<PolicyFactory> factories)
    {
        var schema = new ConfigSchema(factories);
        var root = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "weir.yaml",
        };
        foreach (var (key, value) in schema.Object(typeof(WeirConfig))) root[key] = value?.DeepClone();
        // An included file holds the same keys but need not say the version again.
        root.Remove("required");
        root["definitions"] = schema._definitions;
        return root.ToJsonString(Indented) + "\n";
    }

    private JsonObject Of(Shape shape, MemberShape? member) => shape.Kind switch
    {
        ShapeKind.Record => Reference(shape.Type),
        ShapeKind.Policy => Policy(),
        ShapeKind.List => List(shape, member),
        ShapeKind.Map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(shape.Element!, member) },
        _ => ScalarSchema.Of(shape, member?.Bounds),
    };

    private JsonObject List(Shape shape, MemberShape? member)
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = Of(shape.Element!, member) };
        return member is { IsOneOrMany: true } ? AnyOf(Of(shape.Element!, member), list) : list;
    }

    private JsonObject Reference(Type type)
    {
        if (!_names.TryGetValue(type, out var name))
        {
            name = _names.ContainsValue(type.Name) ? type.FullName! : type.Name;
            // Known before its members are looked at: a record may hold itself.
            _names.Add(type, name);
            _definitions[name] = Union(type);
        }

        return new JsonObject { ["$ref"] = "#/definitions/" + name };
    }

    private JsonObject Union(Type type)
    {
        var record = Shapes.Shapes.Of(type).Record;
        var full = Object(type);
        if (record.Shorthand is not { } shorthand) return full;
        var description = full["description"]?.GetValue<string>();
        full.Remove("description");
        var union = AnyOf(Of(shorthand.Shape, shorthand), full);
        if (description is not null) union["description"] = description;
        return union;
    }

    private JsonObject Object(Type type)
    {
        var record = Shapes.Shapes.Of(type).Record;
        var properties = new JsonObject();
        foreach (var member in record.Members) properties[member.Key] = Member(member);
        var result = new JsonObject { ["type"] = "object" };
        if (RecordDocs.Of(type) is { } docs) result["description"] = docs;
        result["properties"] = properties;
        if (record.Members.Where(m => m.IsRequired).Select(m => (JsonNode)m.Key).ToArray() is { Length: > 0 } required) result["required"] = new JsonArray(required);
        result["additionalProperties"] = false;
        return result;
    }

    private JsonObject Member(MemberShape member)
    {
        var schema = Of(member.Shape, member);
        if (member.IsNullable) schema = AnyOf(schema, new JsonObject { ["type"] = "null" });
        // In draft-07 what stands beside a $ref is not looked at.
        else if (schema.ContainsKey("$ref")) schema = new JsonObject { ["allOf"] = new JsonArray(schema) };
        if (RecordDocs.Of(member.Property) is { } docs) schema["description"] = docs;
        if (DefaultOf(member) is { } value) schema["default"] = value;
        return schema;
    }

    private static JsonNode? DefaultOf(MemberShape member)
    {
        if (member.IsRequired || member.IsSecret || member.Default is null or "") return null;
        return member.Shape.Kind is ShapeKind.Record or ShapeKind.List or ShapeKind.Map or ShapeKind.Policy or ShapeKind.Secret ? null : PrintTree.Of(member.Default, member.Shape);
    }

    private JsonObject Policy()
    {
        if (!_definitions.ContainsKey(PolicyDefinition))
        {
            _definitions[PolicyDefinition] = new JsonObject();
            var properties = new JsonObject();
            foreach (var factory in _factories)
            {
                var kind = AnyOf(Reference(factory.ConfigType), new JsonObject { ["type"] = "null" });
                if (RecordDocs.Of(factory.ConfigType) is { } docs) kind["description"] = docs;
                properties[factory.Kind] = kind;
            }

            properties["when"] = new JsonObject { ["type"] = new JsonArray("string", "boolean"), ["description"] = "An expression; the policy is skipped for exchanges where it is false." };
            properties["mode"] = new JsonObject { ["enum"] = new JsonArray("enforce", "shadow"), ["default"] = "enforce", ["description"] = "shadow: decided and logged, but without effect." };
            var use = new JsonObject { ["type"] = "object", ["minProperties"] = 1, ["properties"] = properties, ["additionalProperties"] = false };
            var name = new JsonObject { ["type"] = "string", ["description"] = "A policy under policies:, or a kind that needs no settings." };
            _definitions[PolicyDefinition] = AnyOf(name, use);
        }

        return new JsonObject { ["$ref"] = "#/definitions/" + PolicyDefinition };
    }

    private static JsonObject AnyOf(params JsonNode[] options) => new() { ["anyOf"] = new JsonArray(options) };
}
