using Weir.Config.Diagnostics;

namespace Weir.Config.Documents;

/// <summary>Everything that one configuration was read from.</summary>
/// <param name="Root">All files merged; null when there is nothing to go on with.</param>
/// <param name="Files">Full paths of the files read, or that should have been.</param>
/// <param name="Globs">Folders and patterns whose matches are part of the configuration.</param>
/// <param name="Names">The files' names as they are shown, in the order of reading.</param>
internal sealed record LoadedDocument(MappingNode? Root, IReadOnlyList<string> Files, IReadOnlyList<(string Folder, string Pattern)> Globs, IReadOnlyList<string> Names);

/// <summary>A file, its includes, or a folder of files, to one tree.</summary>
internal sealed class DocumentLoader(DiagnosticBag problems, Func<string, string?> environment)
{
    public const string FolderPattern = "*.yaml";

    private readonly List<MappingNode> _roots = [];
    private readonly List<string> _files = [];
    private readonly List<string> _names = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<(string, string)> _globs = [];
    private readonly Stack<string> _open = new();
    private readonly NodeBudget _budget = new();

    public LoadedDocument LoadPath(string path)
    {
        if (Directory.Exists(path)) ReadFolder(path, new SourceFile(path, path, 0));
        else ReadFile(Path.GetFullPath(path), path, null);
        return Finish();
    }

    /// <summary>As if the text stood in a file of that name; relative paths in it start at <paramref name="folder"/>.</summary>
    public LoadedDocument LoadText(string text, string name, string folder)
    {
        var file = new SourceFile(name, Path.GetFullPath(folder), 0);
        _names.Add(name);
        if (FileText.Checked(text, file, problems) is { } good) Take(good, file);
        return Finish();
    }

    private LoadedDocument Finish() => new(_roots.Count == 0 ? null : DocumentMerger.Merge(_roots, problems), _files, _globs, _names);

    private void ReadFolder(string path, SourceFile asFile)
    {
        _globs.Add((Path.GetFullPath(path), FolderPattern));
        var names = Glob.Expand(Path.GetFullPath(path), FolderPattern);
        if (names.Count == 0) problems.Add(ProblemSeverity.Error, asFile, 0, 0, "empty-folder", $"holds no {FolderPattern}");
        foreach (var full in names) ReadFile(full, Path.Combine(path, Path.GetFileName(full)), null);
    }

    private void IncludeFolder(string full, string shown, ScalarNode includedBy)
    {
        _globs.Add((full, FolderPattern));
        var names = Glob.Expand(full, FolderPattern);
        if (names.Count == 0) problems.Warning(includedBy, "no-match", $"{shown} holds no {FolderPattern}");
        foreach (var name in names) ReadFile(name, Path.Combine(shown, Path.GetFileName(name)), includedBy);
    }

    private void ReadFile(string full, string shown, ScalarNode? includedBy)
    {
        if (_open.Contains(full))
        {
            problems.Error(includedBy!, "include-cycle", $"{shown} includes itself", string.Join(" → ", _open.Reverse().Append(full).Select(Path.GetFileName)));
            return;
        }

        if (!_read.Add(full)) return;
        _files.Add(full);
        _names.Add(shown);
        if (includedBy is not null && !File.Exists(full))
        {
            problems.Error(includedBy, "missing-file", $"there is no file {shown}");
            return;
        }

        var file = new SourceFile(shown, Path.GetDirectoryName(full)!, _files.Count);
        if (FileText.Read(full, file, problems) is not { } text) return;
        _open.Push(full);
        Take(text, file);
        _open.Pop();
    }

    private void Take(string text, SourceFile file)
    {
        if (DocumentReader.Read(text, file, problems, environment, _budget) is not { } root) return;
        _roots.Add(root);
        if (!root.TryGet("include", out var include)) return;
        switch (include.Value)
        {
            case ScalarNode one:
                Include(one, file);
                break;
            case SequenceNode many:
                foreach (var item in many.Items)
                {
                    if (item is ScalarNode scalar) Include(scalar, file);
                    else problems.Error(item, "wrong-type", $"'include' takes paths, not {item.Description}");
                }

                break;
            default:
                problems.Error(include.Value, "wrong-type", $"'include' takes paths, not {include.Value.Description}");
                break;
        }
    }

    private void Include(ScalarNode path, SourceFile by)
    {
        if (path.IsNull || path.Value.Length == 0)
        {
            problems.Error(path, "wrong-type", "'include' takes paths");
            return;
        }

        var full = Path.GetFullPath(path.Value, by.Folder);
        var shownFolder = Path.GetDirectoryName(by.Name) ?? "";
        if (!Glob.IsPattern(path.Value))
        {
            if (Directory.Exists(full)) IncludeFolder(full, Path.Combine(shownFolder, path.Value), path);
            else ReadFile(full, Path.Combine(shownFolder, path.Value), path);
            return;
        }

        _globs.Add((by.Folder, path.Value));
        var self = _open.TryPeek(out var top) ? top : null;
        var found = Glob.Expand(by.Folder, path.Value);
        if (found.Count == 0) problems.Warning(path, "no-match", $"'{path.Value}' matches no file");
        foreach (var one in found.Where(f => f != self))
        {
            ReadFile(one, Path.Combine(shownFolder, Path.GetRelativePath(by.Folder, one)), path);
        }
    }
}
