using System.Collections.Immutable;

namespace Weir.Config;

/// <summary>Files and patterns that a configuration depends on.</summary>
/// <param name="Files">Full paths: of the document, its includes, and the files that secrets were read from. Some may be missing.</param>
/// <param name="Globs">Folders and the patterns in them whose matches belong to the configuration.</param>
public sealed record ConfigSources(IReadOnlyList<string> Files, IReadOnlyList<(string Folder, string Pattern)> Globs)
{
    internal ImmutableArray<string> Names { get; init; } = [];
}
