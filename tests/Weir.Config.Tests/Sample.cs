using Weir.Config.Diagnostics;
using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;

namespace Weir.Config.Tests;

/// <summary>A policy's settings of every shape, to be read by the same binder as the built-in ones.</summary>
[Shorthand(nameof(Limit))]
public sealed record SampleConfig
{
    /// <summary>How much. Default 1/s.</summary>
    public Rate Limit { get; init; } = new(1, TimeSpan.FromSeconds(1));

    /// <summary>Sets fields by name.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = new Dictionary<string, string>();

    [OneOrMany]
    public IReadOnlyList<string> Remove { get; init; } = [];

    [Bounds(0, 1)]
    public double Share { get; init; } = 0.5;

    public long Big { get; init; }

    [Secret]
    public string? Key { get; init; }

    public SampleMode Mode { get; init; }

    public IReadOnlyList<SampleRule> Rules { get; init; } = [];
}

public enum SampleMode { FirstWins, LastWins }

public sealed record SampleRule
{
    [Required]
    public string Pattern { get; init; } = "";

    public SampleRule? Inner { get; init; }
}

internal sealed class SampleFactory : PolicyFactory<SampleConfig>
{
    public override string Kind => "sample";

    public override Policy? Create(SampleConfig config, PolicySetup setup) => null;
}

public sealed record StrictConfig
{
    [Required]
    public string Name { get; init; } = "";
}

internal sealed class StrictFactory : PolicyFactory<StrictConfig>
{
    public override string Kind => "strict";

    public override Policy? Create(StrictConfig config, PolicySetup setup) => null;
}

internal static class Read
{
    public static readonly PolicyFactory[] Factories = [new SampleFactory(), new StrictFactory()];

    /// <summary>A listener and a version, so that a test holds only what it is about.</summary>
    public const string Head = "version: 1\nlisteners: { web: \":0\" }\n";

    public static ConfigLoad Text(string text, params (string Name, string Value)[] environment)
        => ConfigReader.LoadText(text, Factories, name => Array.Find(environment, e => e.Name == name).Value);

    public static ConfigLoad Valid(string text, params (string Name, string Value)[] environment)
    {
        var load = Text(text, environment);
        load.Diagnostics.Where(d => d.IsError).ShouldBeEmpty();
        return load;
    }

    /// <summary>One line per problem, warnings left out, without the file's name.</summary>
    public static string[] Errors(string text, params (string Name, string Value)[] environment)
        => [.. Text(text, environment).Diagnostics.Where(d => d.IsError).Select(Short)];

    public static string[] Warnings(string text) => [.. Text(text).Diagnostics.Where(d => !d.IsError).Select(Short)];

    private static string Short(ConfigDiagnostic d) => d.ToString().Replace("weir.yaml:", "", StringComparison.Ordinal);
}
