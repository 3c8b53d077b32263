using System.Runtime.CompilerServices;
using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Configuration;

namespace Weir.Policies.Tests.Readmes;

/// <summary>Every policy has a README, and its examples are true.</summary>
public class ReadmeTests
{
    public static TheoryData<string> Kinds => new(BuiltInPolicies.All.Select(f => f.Kind));

    [Theory, MemberData(nameof(Kinds))]
    public async Task ExamplesDoWhatTheySay(string kind)
    {
        IReadOnlyList<PolicyUse> policies = [];
        var (examples, language, block) = (0, "", new List<string>());
        foreach (var line in File.ReadLines(Readme(kind)))
        {
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                block.Add(line);
                continue;
            }

            var text = string.Join('\n', block);
            switch (language)
            {
                case "yaml":
                    policies = PolicyReader.Read(text);
                    policies.ShouldAllBe(p => p.Problems.Count == 0, text);
                    examples++;
                    break;
                case "yaml invalid":
                    foreach (var use in PolicyReader.Read(text)) use.Policy.ShouldBeNull();
                    break;
                case "exchange":
                    await ExchangeScript.RunAsync(policies, text);
                    break;
            }

            block.Clear();
            language = language.Length == 0 ? line[3..] : "";
        }

        language.ShouldBe("");
        examples.ShouldBeGreaterThan(0);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void TheFirstExampleIsOfThePolicyItself(string kind)
        => PolicyReader.Read(File.ReadAllText(Readme(kind)).Split("```yaml\n")[1].Split("```")[0]).ShouldAllBe(p => p.Kind == kind);

    [Fact]
    public void TheExampleOfTheExpressionsPageIsValid()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Readme("delay"))!, "../../../docs/expressions.md"));
        PolicyReader.Read(page.Split("```yaml\n")[1].Split("```")[0]).ShouldAllBe(p => p.Problems.Count == 0 && p.When != null);
    }

    // The records are the manual: a member without docs is not in it.
    [Theory, MemberData(nameof(Kinds))]
    public void EveryMemberIsDocumented(string kind)
    {
        var type = BuiltInPolicies.All.Single(f => f.Kind == kind).ConfigType;
        var docs = File.ReadAllText(Path.ChangeExtension(type.Assembly.Location, ".xml"));
        foreach (var record in type.Assembly.GetTypes().Where(t => t.Namespace == type.Namespace && t.IsPublic && !t.IsEnum))
        {
            docs.ShouldContain($"\"T:{record.FullName}\"");
            foreach (var property in record.GetProperties().Where(p => p.CanWrite)) docs.ShouldContain($"\"P:{record.FullName}.{property.Name}\"");
        }
    }

    [Fact]
    public void ADurationOverTheBoundIsAnError()
    {
        var problem = PolicyReader.ProblemsOf("delay: 61s").Single();
        (problem.Severity, problem.Path).ShouldBe((ProblemSeverity.Error, ".duration"));
    }

    private static string Readme(string kind, [CallerFilePath] string here = "")
    {
        var folder = string.Concat(kind.Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Weir.Policies", folder, "README.md"));
    }
}
