using Weir.Sdk.Configuration;

namespace Weir.Sdk.Discovery;

/// <summary>Makes the sources of one kind from configuration. Found by its <see cref="Kind"/>; stateless.</summary>
public abstract class EndpointSourceFactory
{
    /// <summary>The key under <c>discover:</c>, in kebab-case: <c>dns</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The record of its settings.</summary>
    public abstract Type ConfigType { get; }

    /// <summary>Makes the source, or reports every error with its place and returns null. Nothing is looked for yet.</summary>
    public abstract EndpointSource? Create(object config, SourceSetup setup);
}

/// <summary>As <see cref="EndpointSourceFactory"/>, typed.</summary>
public abstract class EndpointSourceFactory<TConfig> : EndpointSourceFactory where TConfig : class
{
    /// <inheritdoc/>
    public sealed override Type ConfigType => typeof(TConfig);

    /// <inheritdoc/>
    public sealed override EndpointSource? Create(object config, SourceSetup setup) => Create((TConfig)config, setup);

    /// <summary>Makes the source, or reports every error with its place and returns null.</summary>
    public abstract EndpointSource? Create(TConfig config, SourceSetup setup);
}

/// <summary>What a factory gets beside its settings.</summary>
public sealed class SourceSetup(IDiagnosticSink diagnostics, string path)
{
    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>What relative paths in the settings start at.</summary>
    public required string Folder { get; init; }

    /// <summary>What was found before, by a source that looked for the same: before a reload or a restart. It serves until the first list is said.</summary>
    public IReadOnlyList<FoundEndpoint> Before { get; init; } = [];

    /// <summary>The clock to wait by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reports an error at a member of the settings; empty for the whole.</summary>
    public void Error(string member, string code, string message, string? hint = null)
        => diagnostics.Report(new ConfigProblem(ProblemSeverity.Error, member.Length == 0 ? path : path + "." + member, code, message, hint));
}
