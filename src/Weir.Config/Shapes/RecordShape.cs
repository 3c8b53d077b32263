using System.Reflection;

namespace Weir.Config.Shapes;

/// <summary>The members of a record in the order of the source, and how it may be shortened.</summary>
internal sealed class RecordShape
{
    private readonly Dictionary<string, MemberShape> _byKey;
    private readonly Func<object> _make;

    public RecordShape(Type type)
    {
        Type = type;
        _make = () => Activator.CreateInstance(type) ?? throw new InvalidOperationException($"{type} cannot be made.");
        var fresh = _make();
        var nullability = new NullabilityInfoContext();
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null && p.GetIndexParameters().Length == 0)
            .OrderBy(p => p.MetadataToken);
        Members = [.. members.Select(p => NewMember(p, fresh, nullability))];
        _byKey = Members.ToDictionary(m => m.Key, StringComparer.Ordinal);
        if (type.GetCustomAttribute<ShorthandAttribute>() is { } shorthand) Shorthand = Members.Single(m => m.Property.Name == shorthand.Member);
    }

    public Type Type { get; }

    public IReadOnlyList<MemberShape> Members { get; }

    /// <summary>By key.</summary>
    public IReadOnlyList<MemberShape> Sorted => field ??= [.. Members.OrderBy(m => m.Key, StringComparer.Ordinal)];

    /// <summary>The member that a scalar (or list) in the record's place is taken for.</summary>
    public MemberShape? Shorthand { get; }

    public IEnumerable<string> Keys => _byKey.Keys;

    public object New() => _make();

    public MemberShape? Find(string key) => _byKey.GetValueOrDefault(key);

    private static MemberShape NewMember(PropertyInfo property, object fresh, NullabilityInfoContext nullability)
    {
        // Attributes are told by name: a policy's author may have an equally named one at hand from elsewhere.
        var names = property.GetCustomAttributes().Select(a => a.GetType().Name).ToHashSet(StringComparer.Ordinal);
        var isSecret = names.Contains(nameof(SecretAttribute));
        var shape = isSecret ? new Shape(property.PropertyType, ShapeKind.Secret) : Shapes.Of(property.PropertyType);
        return new MemberShape(Kebab.From(property.Name), property, shape)
        {
            IsNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null || nullability.Create(property).ReadState == NullabilityState.Nullable,
            IsRequired = names.Contains(nameof(RequiredAttribute)) || names.Contains("RequiredMemberAttribute"),
            IsSecret = isSecret,
            IsOneOrMany = names.Contains(nameof(OneOrManyAttribute)),
            Bounds = property.GetCustomAttribute<BoundsAttribute>(),
            Default = property.GetValue(fresh),
        };
    }
}
