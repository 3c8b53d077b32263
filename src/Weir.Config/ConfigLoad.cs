using Weir.Config.Diagnostics;
using Weir.Config.Digests;
using Weir.Config.Records;

namespace Weir.Config;

/// <summary>What came of reading a configuration. Immutable.</summary>
public sealed class ConfigLoad
{
    private readonly DocumentPlaces? _places;

    internal ConfigLoad(WeirConfig? config, IReadOnlyList<ConfigDiagnostic> diagnostics, ConfigDigests? digests, ConfigSources sources, DocumentPlaces? places)
        => (Config, Diagnostics, Digests, Sources, _places) = (config, diagnostics, digests, sources, places);

    /// <summary>Null when there is an error.</summary>
    public WeirConfig? Config { get; }

    /// <summary>
    /// Of a configuration with errors what is right: routes, clusters, policies and listeners without an error in them. For finding
    /// more mistakes and for the place of the control socket, never to be put into force. Null when there is nothing to go on with.
    /// </summary>
    public WeirConfig? Draft { get; internal init; }

    /// <summary>Of a configuration with errors all that could be read, in which the rest has its defaults. For looking at what does not depend on the rest. Else null.</summary>
    public WeirConfig? Read { get; init; }

    /// <summary>All problems, by place.</summary>
    public IReadOnlyList<ConfigDiagnostic> Diagnostics { get; }

    /// <summary>Null when there is an error.</summary>
    public ConfigDigests? Digests { get; }

    /// <summary>SHA-256 of the canonical form; empty when there is an error.</summary>
    public string Digest => Digests?.Whole ?? "";

    /// <summary>What was read, for the watcher; known even when there are errors.</summary>
    public ConfigSources Sources { get; }

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Config), nameof(Digests))]
    public bool IsValid => Config is not null;

    /// <summary>
    /// The same files with changes that are not in them; places stay those of the files. A load with errors, or one that
    /// <paramref name="change"/> gives back as it was, is left as it is.
    /// </summary>
    public ConfigLoad Overlaid(Func<WeirConfig, WeirConfig> change)
    {
        if (!IsValid || change(Config) is not { } changed || ReferenceEquals(changed, Config)) return this;
        return new ConfigLoad(changed, Diagnostics, ConfigDigests.Of(changed), Sources, _places) { Draft = changed };
    }

    /// <summary>Gives a problem found later (by the route compiler, a policy's factory) its place; that of its nearest ancestor when the path is not written.</summary>
    public ConfigDiagnostic Locate(ConfigProblem problem)
    {
        if (_places is null) return new ConfigDiagnostic(problem.Severity, "", 0, 0, problem.Code, problem.Message, problem.Hint);
        var (file, line, column) = _places.Find(problem.Path, problem.Column);
        return new ConfigDiagnostic(problem.Severity, file.Name, line, column, problem.Code, problem.Message, problem.Hint);
    }

    /// <summary>The problems of this load and those found later, by place, bounded as always.</summary>
    public IReadOnlyList<ConfigDiagnostic> With(IEnumerable<ConfigProblem> problems)
    {
        var bag = new DiagnosticBag();
        foreach (var known in Diagnostics) bag.Add(known.Severity, SourceOf(known.File), known.Line, known.Column, known.Code, known.Message, known.Hint);
        foreach (var problem in problems)
        {
            var (file, line, column) = _places?.Find(problem.Path, problem.Column) ?? (SourceFile.None, 0, 0);
            bag.Add(problem.Severity, SourceOf(file.Name), line, column, problem.Code, problem.Message, problem.Hint);
        }

        return bag.ToSortedList();
    }

    private SourceFile SourceOf(string name)
    {
        var order = Sources.Names.IndexOf(name);
        return new SourceFile(name, "", order < 0 ? int.MaxValue : order);
    }
}
