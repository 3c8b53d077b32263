using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;
using YamlDotNet.RepresentationModel;

namespace Weir.Policies.Tests.Yaml;

/// <summary>A policy as an example uses it: null, with problems, when the file would be refused.</summary>
internal sealed record PolicyUse(string Kind, Policy? Policy, Condition? When, IReadOnlyList<ConfigProblem> Problems);

/// <summary>Reads the list under <c>policies:</c>.</summary>
internal static class PolicyReader
{
    public static IReadOnlyList<PolicyUse> Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var list = (YamlSequenceNode)((YamlMappingNode)stream.Documents[0].RootNode).Children["policies"];
        return [.. list.Select(ReadUse)];
    }

    /// <summary>The one policy of a list.</summary>
    public static Policy ReadOne(string yaml)
    {
        var use = Read("policies:\n  - " + yaml).Single();
        use.Problems.ShouldBeEmpty(yaml);
        return use.Policy!;
    }

    /// <summary>What is wrong with the one policy of a list.</summary>
    public static IReadOnlyList<ConfigProblem> ProblemsOf(string yaml) => Read("policies:\n  - " + yaml).Single().Problems;

    private static PolicyUse ReadUse(YamlNode node)
    {
        if (node is YamlScalarNode { Value: var name }) return Create(name!, null, null);
        var map = (YamlMappingNode)node;
        var when = map.Children.TryGetValue("when", out var text) ? text.ToString() : null;
        var (kind, settings) = map.Single(p => p.Key.ToString() is not ("when" or "mode"));
        return Create(kind.ToString(), settings, when);
    }

    private static PolicyUse Create(string kind, YamlNode? settings, string? when)
    {
        Condition? condition = null;
        if (when is not null) Condition.TryCompile(when, out condition, out var error).ShouldBeTrue(error.ToString());
        var factory = BuiltInPolicies.All.Single(f => f.Kind == kind);
        var record = settings is null ? Activator.CreateInstance(factory.ConfigType)! : RecordReader.Read(settings, factory.ConfigType);
        var problems = new Problems();
        var policy = factory.Create(record, new PolicySetup(problems, ""));
        problems.Any(p => p.Severity == ProblemSeverity.Error).ShouldBe(policy is null);
        return new PolicyUse(kind, policy, condition, problems);
    }

    private sealed class Problems : List<ConfigProblem>, IDiagnosticSink
    {
        public void Report(ConfigProblem problem) => Add(problem);
    }
}
