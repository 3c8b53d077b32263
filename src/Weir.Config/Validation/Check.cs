using Weir.Config.Diagnostics;
using Weir.Config.Printing;
using Weir.Config.Records;
using Weir.Config.Shapes;

namespace Weir.Config.Validation;

/// <summary>What all rules share: the bound records, the document they came from, and where to say what is wrong.</summary>
internal sealed class Check(WeirConfig config, DocumentPlaces places, DiagnosticBag problems, Suggestion suggestion, IReadOnlySet<string> meant)
{
    public WeirConfig Config { get; } = config;

    /// <summary>What is written, whether or not it could be read, so that one mistake does not bring forth others.</summary>
    public DocumentPlaces Places { get; } = places;

    /// <summary>Whether something is wrong, as far as was looked.</summary>
    public bool HasErrors => problems.HasErrors;

    /// <summary>Something is written under this key, or under another name that is reported as meaning it.</summary>
    public bool IsSaid(string path, string key) => Places.Has(path, key) || meant.Contains(path.Length == 0 ? key : path + "." + key);

    /// <summary>The keys of those that are written at a path and say something else than they would unwritten.</summary>
    public IEnumerable<string> Changed(string path, object record, IEnumerable<string> keys)
    {
        var shape = Shapes.Shapes.Of(record.GetType()).Record;
        return keys.Where(k => Places.Has(path, k) && shape.Find(k) is { } member && Text(member, member.Get(record)) != Text(member, member.Default));

        static string? Text(MemberShape member, object? value) => value is null ? null : PrintTree.Of(value, member.Shape)?.ToJsonString();
    }

    public void Error(string path, string code, string message, string? hint = null, int column = -1) => Add(ProblemSeverity.Error, path, code, message, hint, column);

    public void Warning(string path, string code, string message, string? hint = null) => Add(ProblemSeverity.Warning, path, code, message, hint, -1);

    /// <summary>A name that must stand under a top-level key.</summary>
    public void Reference(string path, string name, string section, string what)
    {
        var names = Places.Names(section);
        if (name.Length == 0 || names?.TryGet(name, out _) == true) return;
        var hint = name.Contains("://", StringComparison.Ordinal) ? $"the name of a {what}, which lists this under 'endpoints'" : null;
        Error(path, "dangling-name", $"there is no {what} '{name}'", hint ?? (names is null ? null : suggestion.For(name, names.Entries.Select(e => e.Key.Value))));
    }

    private void Add(ProblemSeverity severity, string path, string code, string message, string? hint, int column)
    {
        var (file, line, at) = Places.Find(path, column);
        problems.Add(severity, file, line, at, code, message, hint);
    }
}
