using System.Runtime.CompilerServices;
using Weir.Config.Records;

namespace Weir.Config.Shapes;

/// <summary>The shape of each type that configuration may be made of. A type outside that is a bug of the record's author, and is thrown.</summary>
internal static class Shapes
{
    // Weak: the records of a user's policies live in a load context that must be able to go.
    private static readonly ConditionalWeakTable<Type, Shape> Known = [];

    public static Shape Of(Type type) => Known.GetValue(Nullable.GetUnderlyingType(type) ?? type, Make);

    private static Shape Make(Type type)
    {
        if (Simple(type) is { } kind) return new Shape(type, kind);
        if (type.IsEnum) return new Shape(type, ShapeKind.Choice) { Choices = [.. Enum.GetNames(type).Select(n => KeyValuePair.Create(Kebab.From(n), Enum.Parse(type, n)))] };
        if (MapElement(type) is { } value) return new Shape(type, ShapeKind.Map) { Element = Of(value) };
        if (ListElement(type) is { } item) return new Shape(type, ShapeKind.List) { Element = Of(item) };
        if (type.IsClass && type.GetConstructor(Type.EmptyTypes) is not null) return new Shape(type, ShapeKind.Record);
        throw new NotSupportedException($"{type} cannot be a setting: it is none of the types that the configuration is made of.");
    }

    private static ShapeKind? Simple(Type type)
    {
        if (type == typeof(string)) return ShapeKind.Text;
        if (type == typeof(bool)) return ShapeKind.Boolean;
        if (type == typeof(int) || type == typeof(long)) return ShapeKind.Integer;
        if (type == typeof(double)) return ShapeKind.Number;
        if (type == typeof(TimeSpan)) return ShapeKind.Duration;
        if (type == typeof(ByteSize)) return ShapeKind.Size;
        if (type == typeof(Rate)) return ShapeKind.Rate;
        if (type == typeof(Percent)) return ShapeKind.Percent;
        if (type == typeof(WorkerCount)) return ShapeKind.Workers;
        if (type == typeof(Secret)) return ShapeKind.Secret;
        if (type == typeof(FileContent)) return ShapeKind.File;
        return type == typeof(PolicyConfig) ? ShapeKind.Policy : null;
    }

    private static Type? MapElement(Type type)
    {
        if (!type.IsGenericType || type.GenericTypeArguments.Length != 2 || type.GenericTypeArguments[0] != typeof(string)) return null;
        var value = type.GenericTypeArguments[1];
        return type.IsAssignableFrom(typeof(System.Collections.ObjectModel.ReadOnlyDictionary<,>).MakeGenericType(typeof(string), value)) ? value : null;
    }

    private static Type? ListElement(Type type)
    {
        if (type.IsArray && type.GetArrayRank() == 1) return type.GetElementType();
        if (!type.IsGenericType || type.GenericTypeArguments.Length != 1) return null;
        var item = type.GenericTypeArguments[0];
        return type.IsAssignableFrom(item.MakeArrayType()) ? item : null;
    }
}
