using System.Collections;
using System.Text.Json.Nodes;
using Weir.Config.Binding;
using Weir.Config.Records;
using Weir.Config.Shapes;

namespace Weir.Config.Printing;

/// <summary>
/// Bound values as a tree that says the same when it is read again: every default filled in, durations and sizes in their units,
/// secrets as the reference they were written as, else hidden. What is not set (null) is left out.
/// </summary>
internal static class PrintTree
{
    public const string Hidden = "***";

    public static JsonNode? Of(object? value, Shape shape) => value is null ? null : shape.Kind switch
    {
        ShapeKind.Record => OfRecord(value, shape),
        ShapeKind.List => OfList((IEnumerable)value, shape),
        ShapeKind.Map => OfMap(value, shape),
        ShapeKind.Policy => OfPolicy((PolicyConfig)value),
        ShapeKind.Secret => OfSecret(value as Secret),
        ShapeKind.File => JsonValue.Create(Variables.Escape(((FileContent)value).Path)),
        ShapeKind.Boolean => JsonValue.Create((bool)value),
        ShapeKind.Integer => JsonValue.Create(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)),
        ShapeKind.Number => JsonValue.Create((double)value),
        ShapeKind.Choice => JsonValue.Create(Kebab.Of((Enum)value)),
        ShapeKind.Duration => JsonValue.Create(Units.Write((TimeSpan)value)),
        ShapeKind.Size => OfSize((ByteSize)value),
        ShapeKind.Percent => JsonValue.Create(((Percent)value).ToString()),
        ShapeKind.Rate => JsonValue.Create(Units.Write((Rate)value)),
        ShapeKind.Workers => value is WorkerCount { IsAuto: false } workers ? JsonValue.Create(workers.Number) : JsonValue.Create("auto"),
        _ => JsonValue.Create(Variables.Escape((string)value)),
    };

    private static JsonObject OfRecord(object value, Shape shape)
    {
        var result = new JsonObject();
        foreach (var member in shape.Record.Members)
        {
            var inner = member.Get(value);
            // The includes' content is in here already.
            if (member.Property.DeclaringType == typeof(WeirConfig) && member.Key == "include") continue;
            if (inner is null && member.Default is null) continue;
            result.Add(member.Key, Of(inner, member.Shape));
        }

        return result;
    }

    private static JsonArray OfList(IEnumerable value, Shape shape)
    {
        var result = new JsonArray();
        foreach (var item in value) result.Add(Of(item, shape.Element!));
        return result;
    }

    private static JsonObject OfMap(object value, Shape shape)
    {
        var result = new JsonObject();
        foreach (var (key, item) in MapItems.Of(value)) result.Add(key, Of(item, shape.Element!));
        return result;
    }

    private static JsonNode OfPolicy(PolicyConfig policy)
    {
        if (policy is { Name: { } name, When: null, Mode: PolicyMode.Enforce }) return JsonValue.Create(name);
        var settings = policy.Settings is { } record ? Of(record, Shapes.Shapes.Of(record.GetType())) : null;
        var result = new JsonObject { [policy.Kind] = settings };
        if (policy.When is { } when) result.Add("when", JsonValue.Create(Variables.Escape(when)));
        result.Add("mode", JsonValue.Create(Kebab.Of(policy.Mode)));
        return result;
    }

    private static JsonNode OfSecret(Secret? secret)
    {
        if (secret?.File is { } file) return new JsonObject { ["file"] = Variables.Escape(file) };
        return secret?.Variable is { } variable ? new JsonObject { ["env"] = variable } : JsonValue.Create(Hidden);
    }

    private static JsonValue OfSize(ByteSize size)
    {
        var text = size.ToString();
        return char.IsAsciiDigit(text[^1]) ? JsonValue.Create(size.Bytes) : JsonValue.Create(text);
    }
}
