using Weir.Config.Binding;
using Weir.Config.Diagnostics;
using Weir.Config.Records;

namespace Weir.Config;

/// <summary>
/// A list of endpoints that stands by itself, in a file or a request: YAML or JSON, either the list or a mapping with it as <c>endpoints:</c>,
/// each item as in the configuration. Never throws for what is in it.
/// </summary>
public static class EndpointList
{
    /// <summary>The most endpoints of one list.</summary>
    public const int Most = 65_535;

    private const string Key = "endpoints";

    /// <summary>Null with why, as <c>file:line:col: code: message</c>. Blocking: not for a loop.</summary>
    public static IReadOnlyList<EndpointConfig>? ReadFile(string path, out string reason)
    {
        var problems = new DiagnosticBag();
        var file = new SourceFile(path, Path.GetDirectoryName(path) ?? "/", 0);
        var list = FileText.Read(path, file, problems) is { } text ? Take(text, file, problems) : null;
        reason = ReasonOf(problems);
        return list;
    }

    /// <summary>As <see cref="ReadFile"/>, for bytes that have no file; <paramref name="name"/> stands in its place.</summary>
    public static IReadOnlyList<EndpointConfig>? Read(byte[] bytes, string name, out string reason)
    {
        var problems = new DiagnosticBag();
        var file = new SourceFile(name, "/", 0);
        var list = FileText.Decode(bytes, file, problems) is { } text ? Take(text, file, problems) : null;
        reason = ReasonOf(problems);
        return list;
    }

    private static string ReasonOf(DiagnosticBag problems) => problems.HasErrors ? problems.ToSortedList().First(static p => p.IsError).ToString() : "";

    private static IReadOnlyList<EndpointConfig>? Take(string text, SourceFile file, DiagnosticBag problems)
    {
        // What is found may not depend on what the environment is: a list comes from elsewhere.
        var scope = new BindScope(problems, [], static _ => null);
        if (DocumentReader.ReadNode(text, file, problems, scope.Environment, new NodeBudget()) is not { } root) return null;
        if (root is MappingNode mapping && mapping.TryGet(Key, out var entry) && mapping.Entries.Count == 1) root = entry.Value;
        if (root is not SequenceNode items)
        {
            problems.Error(root, "wrong-type", $"must be a list of endpoints, or a mapping with it as '{Key}' and nothing else, not {root.Description}");
            return null;
        }

        if (items.Items.Count > Most) problems.Error(root, "too-many-endpoints", $"holds more than {Most} endpoints");
        if (problems.HasErrors) return null;
        var list = (IReadOnlyList<EndpointConfig>?)Binder.Bind(scope, root, Shapes.Shapes.Of(typeof(IReadOnlyList<EndpointConfig>)));
        if (list is null || problems.HasErrors) return null;
        var seen = new HashSet<EndpointAddress>();
        for (var i = 0; i < list.Count; i++)
        {
            if (!EndpointAddress.TryParse(list[i].Url, out var address, out var why)) problems.Error(items.Items[i], "bad-url", $"'{list[i].Url}': {why}", EndpointAddress.Mend(list[i].Url));
            else if (!seen.Add(address)) problems.Error(items.Items[i], "duplicate-endpoint", $"'{list[i].Url}' is there twice", "use weight");
        }

        return problems.HasErrors ? null : list;
    }
}
