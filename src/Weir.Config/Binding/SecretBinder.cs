using Weir.Config.Shapes;

namespace Weir.Config.Binding;

/// <summary>
/// Secrets: <c>{ file: … }</c> (relative to the file that names it; one line end at its end is not part of it), <c>{ env: … }</c>,
/// or plainly. Read at load. No message ever holds a value.
/// </summary>
internal static class SecretBinder
{
    private const long MaxBytes = 1 << 20;

    public static object? Bind(BindScope scope, ConfigNode node, Shape shape)
    {
        var secret = node switch
        {
            ScalarNode { IsNull: false } scalar => new Secret(scalar.Value) { Variable = scalar.Variable },
            MappingNode { Entries.Count: 1 } mapping when mapping.Entries[0].Key.Value is "file" or "env" => Referred(scope, mapping.Entries[0]),
            _ => Wrong(scope, node),
        };
        if (secret is null) return null;
        if (secret.Value.Length == 0)
        {
            scope.Problems.Error(node, "empty-secret", "the secret is empty");
            return null;
        }

        return shape.Type == typeof(string) ? secret.Value : secret;
    }

    private static Secret? Wrong(BindScope scope, ConfigNode node)
    {
        scope.Problems.Error(node, "wrong-type", "must be a string, { file: … } or { env: … }");
        return null;
    }

    private static Secret? Referred(BindScope scope, MappingEntry entry)
    {
        if (entry.Value is not ScalarNode { IsNull: false } name) return Wrong(scope, entry.Value);
        if (entry.Key.Value == "file") return FromFile(scope, name);
        if (scope.Environment(name.Value) is { } value) return new Secret(value) { Variable = name.Value };
        scope.Problems.Error(name, "unset-variable", $"the environment variable {name.Value} is not set");
        return null;
    }

    private static Secret? FromFile(BindScope scope, ScalarNode name)
    {
        if (FileBinder.Read(scope, name, MaxBytes) is not { } file) return null;
        using var reader = new StreamReader(new MemoryStream(file.Bytes.ToArray()));
        var text = reader.ReadToEnd();
        if (text.EndsWith('\n')) text = text[..^1];
        if (text.EndsWith('\r')) text = text[..^1];
        return new Secret(text) { File = file.Path };
    }
}
