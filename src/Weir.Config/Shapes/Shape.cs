using System.Reflection;

namespace Weir.Config.Shapes;

/// <summary>What a setting is in the file.</summary>
internal enum ShapeKind : byte { Text, Boolean, Integer, Number, Choice, Duration, Size, Rate, Percent, Workers, Secret, File, Policy, List, Map, Record }

/// <summary>
/// How a type is written in the file: the one description that reading, printing, digests and the schema share. Immutable, kept
/// per type.
/// </summary>
internal sealed class Shape(Type type, ShapeKind kind)
{
    private RecordShape? _record;

    /// <summary>Without its nullability.</summary>
    public Type Type { get; } = type;

    public ShapeKind Kind { get; } = kind;

    /// <summary>Of a list or a map: what is in it.</summary>
    public Shape? Element { get; init; }

    /// <summary>Of a choice: the values by their names in the file.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Choices { get; init; } = [];

    /// <summary>Of a record. Made when first asked for, since records may hold themselves.</summary>
    public RecordShape Record => _record ??= new RecordShape(Type);

    /// <summary>For messages: "a duration such as 30s".</summary>
    public string Description => Kind switch
    {
        ShapeKind.Text => "a string",
        ShapeKind.Boolean => "true or false",
        ShapeKind.Integer => "a whole number",
        ShapeKind.Number => "a number",
        ShapeKind.Choice => "one of " + string.Join(", ", Choices.Select(c => c.Key)),
        ShapeKind.Duration => "a duration such as 250ms, 5s or 1m30s",
        ShapeKind.Size => "a size such as 512, 64KiB or 10MiB",
        ShapeKind.Rate => "a rate such as 100/min",
        ShapeKind.Percent => "a percentage such as 20% or 0.5%",
        ShapeKind.Workers => "'auto' or a number from 1 to 256",
        ShapeKind.Secret => "a secret: a string, { file: … } or { env: … }",
        ShapeKind.File => "the path of a file",
        ShapeKind.Policy => "a policy: a name, or a mapping with one kind",
        ShapeKind.List => "a list",
        _ => "a mapping",
    };
}

/// <summary>One member of a record.</summary>
internal sealed class MemberShape(string key, PropertyInfo property, Shape shape)
{
    /// <summary>Its key in the file, in kebab-case.</summary>
    public string Key { get; } = key;

    public PropertyInfo Property { get; } = property;

    public Shape Shape { get; } = shape;

    /// <summary>Null may be written, and means that it is not set.</summary>
    public bool IsNullable { get; init; }

    public bool IsRequired { get; init; }

    public bool IsSecret { get; init; }

    public bool IsOneOrMany { get; init; }

    public BoundsAttribute? Bounds { get; init; }

    /// <summary>What it is when it is not written.</summary>
    public object? Default { get; init; }

    public object? Get(object record) => Property.GetValue(record);

    public void Set(object record, object? value) => Property.SetValue(record, value);
}
