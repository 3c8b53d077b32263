using System.Collections;
using System.Runtime.CompilerServices;

namespace Weir.Config.Shapes;

/// <summary>The entries of a map whose value type is only known at run time, in its order.</summary>
internal static class MapItems
{
    private static readonly ConditionalWeakTable<Type, Reader> Readers = [];

    public static IEnumerable<KeyValuePair<string, object?>> Of(object map) => map is IDictionary { Count: 0 } ? [] : ReaderOf(map.GetType()).Read(map);

    private static Reader ReaderOf(Type type) => Readers.GetValue(type, static t =>
    {
        var value = t.GetInterfaces().First(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)).GenericTypeArguments[1];
        return (Reader)Activator.CreateInstance(typeof(Reader<>).MakeGenericType(value))!;
    });

    private abstract class Reader
    {
        public abstract IEnumerable<KeyValuePair<string, object?>> Read(object map);
    }

    private sealed class Reader<T> : Reader
    {
        public override IEnumerable<KeyValuePair<string, object?>> Read(object map)
            => ((IReadOnlyDictionary<string, T>)map).Select(p => KeyValuePair.Create(p.Key, (object?)p.Value));
    }
}
