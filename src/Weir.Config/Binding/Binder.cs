using System.Collections.ObjectModel;
using Weir.Config.Diagnostics;
using Weir.Config.Shapes;

namespace Weir.Config.Binding;

/// <summary>
/// Nodes to records by their shapes. Collects every problem and goes on; what could not be read keeps its default, so that one
/// mistake is said once. Off the hot path: reflection is fine here.
/// </summary>
internal static class Binder
{
    /// <summary>Null only after a problem was reported.</summary>
    public static object? Bind(BindScope scope, ConfigNode node, Shape shape, MemberShape? member = null) => node is ScalarNode { IsBroken: true } ? null : shape.Kind switch
    {
        ShapeKind.Record => BindRecord(scope, node, shape),
        ShapeKind.List => BindList(scope, node, shape, member),
        ShapeKind.Map => BindMap(scope, node, shape, member),
        ShapeKind.Policy => PolicyBinder.Bind(scope, node),
        ShapeKind.File => FileBinder.Bind(scope, node),
        ShapeKind.Secret => SecretBinder.Bind(scope, node, shape),
        _ => ScalarBinder.Bind(scope, node, shape, member?.Bounds),
    };

    public static object? BindRecord(BindScope scope, ConfigNode node, Shape shape)
    {
        var record = shape.Record;
        var result = record.New();
        if (node is MappingNode mapping)
        {
            foreach (var entry in mapping.Entries) BindMember(scope, result, record, entry);
            foreach (var member in record.Members)
                if (member.IsRequired && !mapping.TryGet(member.Key, out _) && !scope.IsMeant(member.Key)) scope.Problems.Error(mapping, "missing-key", $"'{member.Key}' is missing");
            return result;
        }

        var isNull = node is ScalarNode { IsNull: true };
        if (record.Shorthand is not { } shorthand || isNull || (node is SequenceNode && shorthand.Shape.Kind != ShapeKind.List))
        {
            var expected = record.Shorthand is { } s ? $"a mapping or {s.Shape.Description}" : "a mapping";
            scope.Problems.Error(node, "wrong-type", $"must be {expected}, not {node.Description}", isNull ? "write {} for all defaults" : Known(record));
            return null;
        }

        if (node is ScalarNode scalar && OtherNames.OfScalar(record.Type, scalar.Value) is { } meant)
        {
            scope.Problems.Error(node, "wrong-type", $"{ScalarBinder.Quote(scalar.Value)} is not {shorthand.Shape.Description}", meant);
            return null;
        }

        var value = Bind(scope, node, shorthand.Shape, shorthand);
        if (value is null) return null;
        shorthand.Set(result, value);
        foreach (var other in record.Members)
        {
            if (other.IsRequired && other != shorthand) scope.Problems.Error(node, "missing-key", $"'{other.Key}' is missing", "write it as a mapping");
        }

        return result;
    }

    private static void BindMember(BindScope scope, object result, RecordShape record, MappingEntry entry)
    {
        var key = entry.Key.Value;
        if (record.Find(key) is not { } member)
        {
            var (own, hint) = OtherNames.OfKey(key, record.Keys) ?? (scope.Suggestion.Closest(key, record.Keys) is { } close ? (close, Suggestion.Hint(close)) : OtherNames.OfForm(record.Type) ?? ("", Known(record)));
            scope.Problems.Error(entry.Key, "unknown-key", $"there is no setting '{key}' here", hint);
            scope.Meant.Add(scope.PathOf(own));
            return;
        }

        if (entry.Value is ScalarNode { IsNull: true } && member.IsNullable)
        {
            member.Set(result, null);
            return;
        }

        scope.Enter(key);
        if (Bind(scope, entry.Value, member.Shape, member) is { } value) member.Set(result, value);
        scope.Leave();
    }

    private static string? Known(RecordShape record)
        => OtherNames.OfForm(record.Type)?.Hint ?? (record.Members.Count == 0 ? null : "it takes " + string.Join(", ", record.Keys));

    private static Array? BindList(BindScope scope, ConfigNode node, Shape shape, MemberShape? member)
    {
        var element = shape.Element!;
        if (node is not SequenceNode sequence)
        {
            if (member is { IsOneOrMany: true } && node is not ScalarNode { IsNull: true })
            {
                var single = Array.CreateInstance(element.Type, 1);
                if (Bind(scope, node, element, member) is not { } value) return null;
                single.SetValue(value, 0);
                return single;
            }

            var hint = node is ScalarNode { IsNull: true } ? "write [] for none" : "write it as [ … ]";
            scope.Problems.Error(node, "wrong-type", $"must be {(member is { IsOneOrMany: true } ? element.Description + " or a list of them" : "a list")}, not {node.Description}", hint);
            return null;
        }

        var items = Array.CreateInstance(element.Type, sequence.Items.Count);
        for (var i = 0; i < items.Length; i++)
        {
            scope.Enter(i);
            if (Bind(scope, sequence.Items[i], element, member) is { } value) items.SetValue(value, i);
            else items.SetValue(Blank(element), i);
            scope.Leave();
        }

        return items;
    }

    // What stands in for an item that could not be read: the document is refused, but later checks must not trip over a null.
    private static object? Blank(Shape shape) => shape.Kind switch
    {
        ShapeKind.Text => "",
        ShapeKind.Record => shape.Record.New(),
        ShapeKind.Secret => new Secret(""),
        ShapeKind.Policy => new Records.PolicyConfig(),
        ShapeKind.List => Array.CreateInstance(shape.Element!.Type, 0),
        _ => shape.Type.IsValueType ? Activator.CreateInstance(shape.Type) : null,
    };

    private static object? BindMap(BindScope scope, ConfigNode node, Shape shape, MemberShape? member)
    {
        if (node is not MappingNode mapping)
        {
            scope.Problems.Error(node, "wrong-type", $"must be a mapping of names, not {node.Description}", node is ScalarNode { IsNull: true } ? "write {} for none" : node is SequenceNode ? "NAME: … for each, in place of '- …'" : null);
            return null;
        }

        var map = MapMaker.For(shape.Element!.Type);
        foreach (var entry in mapping.Entries)
        {
            scope.Enter(entry.Key.Value);
            if (Bind(scope, entry.Value, shape.Element!, member) is { } value) map.Add(entry.Key.Value, value);
            scope.Leave();
        }

        return map.Finish();
    }

    /// <summary>Makes a read-only map that keeps the order of the file.</summary>
    private abstract class MapMaker
    {
        public static MapMaker For(Type value) => (MapMaker)Activator.CreateInstance(typeof(MapMaker<>).MakeGenericType(value))!;

        public abstract void Add(string key, object value);

        public abstract object Finish();
    }

    private sealed class MapMaker<T> : MapMaker
    {
        private readonly OrderedDictionary<string, T> _items = new(StringComparer.Ordinal);

        public override void Add(string key, object value) => _items.Add(key, (T)value);

        public override object Finish() => new ReadOnlyDictionary<string, T>(_items);
    }
}
