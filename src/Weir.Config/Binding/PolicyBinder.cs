using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Config.Shapes;
using Weir.Sdk.Policies;

namespace Weir.Config.Binding;

/// <summary>
/// A use of a policy: a string is a named policy, or a kind that needs no settings; a mapping has exactly one kind as key, its
/// settings under it, and perhaps <c>when</c> and <c>mode</c> beside it.
/// </summary>
internal static class PolicyBinder
{
    private static readonly Shape ModeShape = Shapes.Shapes.Of(typeof(PolicyMode));

    public static PolicyConfig? Bind(BindScope scope, ConfigNode node)
    {
        switch (node)
        {
            case ScalarNode { IsNull: false } name:
                return ByName(scope, name);
            case MappingNode mapping:
                return ByKind(scope, mapping);
            default:
                scope.Problems.Error(node, "wrong-type", $"must be a policy (a name, or a mapping with one kind), not {node.Description}");
                return null;
        }
    }

    private static PolicyConfig? ByName(BindScope scope, ScalarNode name)
    {
        if (scope.NamedPolicies.Contains(name.Value)) return new PolicyConfig { Name = name.Value, Path = scope.Path };
        if (scope.Factories.TryGetValue(name.Value, out var factory)) return new PolicyConfig { Kind = name.Value, Settings = Defaults(scope, name, factory), Path = scope.Path };
        var hint = KindHint(scope, name.Value) ?? scope.Suggestion.For(name.Value, scope.NamedPolicies.Concat(scope.Factories.Keys));
        scope.Problems.Error(name, "dangling-name", $"there is no policy '{name.Value}'", hint);
        return null;
    }

    private static PolicyConfig? ByKind(BindScope scope, MappingNode mapping)
    {
        PolicyConfig? policy = null;
        string? when = null;
        var mode = PolicyMode.Enforce;
        foreach (var entry in mapping.Entries)
        {
            var key = entry.Key.Value;
            scope.Enter(key);
            if (key == "when") when = When(scope, entry.Value);
            else if (key == "mode") mode = (PolicyMode)(ScalarBinder.Bind(scope, entry.Value, ModeShape, null) ?? PolicyMode.Enforce);
            else policy = Kind(scope, entry, policy);
            scope.Leave();
        }

        if (policy is null)
        {
            scope.Problems.Error(mapping, "missing-key", "a policy needs a kind", scope.Factories.Count is > 0 and <= 12 ? "one of " + string.Join(", ", scope.Factories.Keys.Order(StringComparer.Ordinal)) : null);
            return null;
        }

        return policy with { When = when, Mode = mode, Path = scope.Path };
    }

    private static string? When(BindScope scope, ConfigNode node)
    {
        if (node is ScalarNode { IsNull: false } text) return text.Value;
        scope.Problems.Error(node, "wrong-type", $"must be an expression, not {node.Description}");
        return null;
    }

    private static PolicyConfig? Kind(BindScope scope, MappingEntry entry, PolicyConfig? before)
    {
        var kind = entry.Key.Value;
        if (before is not null)
        {
            scope.Problems.Error(entry.Key, "many-kinds", $"a policy has one kind, but this has '{before.Kind}' and '{kind}'", "make it two items of the list");
            return before;
        }

        if (!scope.Factories.TryGetValue(kind, out var factory))
        {
            scope.Problems.Error(entry.Key, "unknown-policy", $"there is no policy of kind '{kind}'", KindHint(scope, kind) ?? scope.Suggestion.For(kind, scope.Factories.Keys.Append("when").Append("mode")));
            return new PolicyConfig { Kind = kind };
        }

        var settings = entry.Value is ScalarNode { IsNull: true } ? Defaults(scope, entry.Value, factory) : Binder.Bind(scope, entry.Value, Shapes.Shapes.Of(factory.ConfigType));
        return new PolicyConfig { Kind = kind, Settings = settings };
    }

    // What is no kind may be a setting of one, or another proxy's word for one.
    private static string? KindHint(BindScope scope, string word)
    {
        var having = scope.Factories.Values.Where(f => Shapes.Shapes.Of(f.ConfigType).Record.Find(word) is not null).Take(2).ToList();
        return having.Count == 1 ? $"that is '{having[0].Kind}: {{ {word}: … }}' here" : OtherNames.OfPolicy(word, scope.Factories.Keys);
    }

    private static object Defaults(BindScope scope, ConfigNode node, PolicyFactory factory)
    {
        var record = Shapes.Shapes.Of(factory.ConfigType).Record;
        foreach (var member in record.Members)
        {
            if (member.IsRequired) scope.Problems.Error(node, "missing-key", $"the policy '{factory.Kind}' needs '{member.Key}'");
        }

        return record.New();
    }
}
