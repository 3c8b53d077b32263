using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Weir.Config.Schema;

/// <summary>
/// The summaries of records and their members, as plain text. From the assembly's own resources (the records' sources, embedded
/// as weir-docs/*, so that a single-file program has them), else from the XML file beside the assembly, else none.
/// </summary>
internal static partial class RecordDocs
{
    private const string Prefix = "weir-docs/";

    private static readonly ConditionalWeakTable<Assembly, Dictionary<string, string>> Known = [];

    public static string? Of(Type type) => Find(type.Assembly, type.Name);

    public static string? Of(PropertyInfo property) => Find(property.DeclaringType!.Assembly, $"{property.DeclaringType.Name}.{property.Name}");

    private static string? Find(Assembly assembly, string name) => Known.GetValue(assembly, Load).GetValueOrDefault(name);

    private static Dictionary<string, string> Load(Assembly assembly)
    {
        var docs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(r => r.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            FromSource(reader.ReadToEnd(), docs);
        }

        if (docs.Count == 0) FromXmlFile(assembly, docs);
        return docs;
    }

    private static void FromSource(string source, Dictionary<string, string> docs)
    {
        var type = "";
        var comment = new List<string>();
        foreach (var raw in source.Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith("///", StringComparison.Ordinal)) comment.Add(line[3..]);
            else if (line.Length > 0 && line[0] != '[')
            {
                var named = TypeLine().Match(line);
                if (named.Success) type = named.Groups[1].Value;
                var member = MemberLine().Match(line);
                var name = named.Success ? type : member.Success ? $"{type}.{member.Groups[1].Value}" : null;
                if (name is not null && comment.Count > 0 && Summary(string.Join('\n', comment)) is { } text) docs.TryAdd(name, text);
                comment.Clear();
            }
        }
    }

    private static void FromXmlFile(Assembly assembly, Dictionary<string, string> docs)
    {
        var folder = Path.GetDirectoryName(AssemblyFile(assembly)) is { Length: > 0 } own ? own : AppContext.BaseDirectory;
        var file = Path.Combine(folder, assembly.GetName().Name + ".xml");
        if (!File.Exists(file)) return;
        try
        {
            foreach (var member in XDocument.Load(file).Descendants("member"))
            {
                var id = (string?)member.Attribute("name") ?? "";
                if (id.Length < 2 || id[0] is not ('T' or 'P') || member.Element("summary") is not { } summary) continue;
                var parts = id[2..].Split('.');
                docs.TryAdd(id[0] == 'T' ? parts[^1] : string.Join('.', parts.TakeLast(2)), Text(summary));
            }
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            // Docs are a kindness; a schema without them is still one.
        }
    }

    private static string AssemblyFile(Assembly assembly)
    {
        var name = assembly.GetName().Name + ".dll";
        var beside = Path.Combine(AppContext.BaseDirectory, name);
        return assembly.ManifestModule.FullyQualifiedName is { Length: > 0 } path && path[0] != '<' ? path : beside;
    }

    private static string? Summary(string comment)
    {
        try
        {
            return XElement.Parse($"<doc>{comment}</doc>").Element("summary") is { } summary ? Text(summary) : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string Text(XElement element)
    {
        var text = string.Concat(element.DescendantNodes().Select(n => n switch
        {
            XText t when t.Parent?.Name == "c" => $"`{t.Value}`",
            XText t => t.Value,
            XElement { IsEmpty: true } e => ((string?)e.Attribute("cref") ?? (string?)e.Attribute("name") ?? "").Split('.', ':')[^1],
            _ => "",
        }));
        return Spaces().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"^(?:public|internal)\b.*\b(?:record|class|enum|struct)\s+(\w+)")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^public\s+.*?(\w+)\s*\{\s*get;")]
    private static partial Regex MemberLine();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
