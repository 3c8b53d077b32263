using System.Text.Json.Nodes;
using Weir.Config.Shapes;

namespace Weir.Config.Schema;

/// <summary>The schema of one scalar setting.</summary>
internal static class ScalarSchema
{
    /// <summary>A whole environment variable may stand for any scalar.</summary>
    private const string VariablePattern = @"^\$\{[A-Z_][A-Z0-9_]*(:[-?].*)?\}$";

    private const string DurationPattern = @"^(?=.)(0|(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$";

    private const string SizePattern = @"^\d+(KiB|MiB|GiB|TiB|kB|MB|GB|TB)?$";

    private const string PercentPattern = @"^(0|\d{1,9}(\.\d{1,9})?%)$";

    public static JsonObject Of(Shape shape, BoundsAttribute? bounds) => shape.Kind switch
    {
        ShapeKind.Text => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
        ShapeKind.Boolean => OrVariable(new JsonObject { ["type"] = "boolean" }),
        ShapeKind.Integer => OrVariable(Bounded(new JsonObject { ["type"] = "integer" }, bounds)),
        ShapeKind.Number => OrVariable(Bounded(new JsonObject { ["type"] = "number" }, bounds)),
        ShapeKind.Choice => OrVariable(new JsonObject { ["enum"] = new JsonArray([.. shape.Choices.Select(c => (JsonNode)c.Key)]) }),
        ShapeKind.Duration => OrVariable(Pattern(DurationPattern), new JsonObject { ["enum"] = new JsonArray(0) }),
        ShapeKind.Size => OrVariable(Pattern(SizePattern), Bounded(new JsonObject { ["type"] = "integer", ["minimum"] = 0 }, bounds)),
        ShapeKind.Rate => OrVariable(Pattern(@"^\d+/(s|min|h|d)$")),
        ShapeKind.Percent => OrVariable(Pattern(PercentPattern), new JsonObject { ["enum"] = new JsonArray(0) }),
        ShapeKind.Workers => OrVariable(new JsonObject { ["enum"] = new JsonArray("auto") }, new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = 256 }),
        ShapeKind.Secret => Secret(),
        ShapeKind.File => new JsonObject { ["type"] = "string" },
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape.Kind, "not a scalar"),
    };

    private static JsonObject Pattern(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject OrVariable(params JsonNode[] options)
        => new() { ["anyOf"] = new JsonArray([.. options, Pattern(VariablePattern)]) };

    private static JsonObject Bounded(JsonObject schema, BoundsAttribute? bounds)
    {
        if (bounds is null) return schema;
        schema["minimum"] = Number(bounds.Min);
        schema["maximum"] = Number(bounds.Max);
        return schema;
    }

    private static JsonValue Number(double value) => double.IsInteger(value) && Math.Abs(value) < 1L << 53 ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static JsonObject Secret() => new()
    {
        ["anyOf"] = new JsonArray(new JsonObject { ["type"] = new JsonArray("string", "number") }, Reference("file", "A file that holds the secret."), Reference("env", "An environment variable that holds the secret.")),
    };

    private static JsonObject Reference(string key, string description) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { [key] = new JsonObject { ["type"] = "string", ["description"] = description } },
        ["required"] = new JsonArray(key),
        ["additionalProperties"] = false,
    };
}
