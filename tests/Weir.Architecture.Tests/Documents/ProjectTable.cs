using System.Xml.Linq;

namespace Weir.Architecture.Tests.Documents;

/// <summary>The projects under src and what each refers to: as ARCHITECTURE.md says, and as the project files do.</summary>
internal static class ProjectTable
{
    public static IReadOnlyDictionary<string, HashSet<string>> Allowed { get; } = MarkdownTable.Rows("| project | may refer to |").ToDictionary(static r => r[0][0], static r => r[1].ToHashSet());

    public static IReadOnlyDictionary<string, HashSet<string>> Actual { get; } = Repository.Projects().ToDictionary(
        static p => Path.GetFileNameWithoutExtension(p),
        static p => XDocument.Parse(Repository.Text(p)).Descendants("ProjectReference").Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).ToHashSet());
}
