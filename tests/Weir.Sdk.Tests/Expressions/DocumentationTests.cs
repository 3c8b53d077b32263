using System.Runtime.CompilerServices;
using Weir.Sdk.Expressions;
using Weir.Sdk.Expressions.Compiling;
using Weir.Sdk.Testing;

namespace Weir.Sdk.Tests.Expressions;

/// <summary>docs/expressions.md is true.</summary>
public class DocumentationTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Root(), "docs", "expressions.md"));

    public static TheoryData<string, string> Conditions => Examples("condition", "  # ");

    public static TheoryData<string, string> Templates => Examples("template", " => ");

    public static TheoryData<string, string> Errors => Examples("error", "  # ");

    [Theory, MemberData(nameof(Conditions))]
    public void ConditionExamplesHold(string expression, string result)
    {
        using var x = Sample();
        x.Holds(expression).ShouldBe(bool.Parse(result));
    }

    [Theory, MemberData(nameof(Templates))]
    public void TemplateExamplesHold(string template, string result)
    {
        using var x = Sample();
        x.Render(template).ShouldBe(result);
    }

    [Theory, MemberData(nameof(Errors))]
    public void ErrorExamplesHold(string expression, string result)
    {
        var error = ExpressionTesting.ErrorOf(expression, ExpressionPhase.Response);
        $"{error.Column}: {error.Message}{(error.Hint is null ? "" : $" ({error.Hint})")}".ShouldBe(result);
    }

    [Fact]
    public void EveryNameIsInTheTableWithItsTypeAndMeaning()
    {
        var rows = Lines.SkipWhile(l => l != "## Names").Skip(4).TakeWhile(l => l.StartsWith('|'));
        rows.ShouldBe(Names.List.Select(n => $"| `{n.Path}` | {Parser.TypeName(n.Type).Split(' ')[^1]} | {n.Meaning} |"));
    }

    [Fact]
    public void EveryFunctionIsInTheTable()
    {
        var rows = string.Join('\n', Lines.SkipWhile(l => l != "## Functions").Skip(2).TakeWhile(l => !l.StartsWith('#')));
        foreach (var name in Functions.Names) rows.ShouldContain($"`{name}(");
    }

    // The request of the page, field by field.
    private static TestExchange Sample()
    {
        var http = Block("http").ToArray();
        var line = http[0].Split(' ');
        var exchange = new TestExchange(line[0], line[1]).Client("10.1.2.3").Parameter("kind", "orders").Respond(404, ("Server", "origin"));
        foreach (var field in http.Skip(1)) exchange.Field(field.Split(": ")[0], field.Split(": ")[1]);
        return exchange;
    }

    private static TheoryData<string, string> Examples(string language, string separator)
    {
        var data = new TheoryData<string, string>();
        foreach (var line in Block(language))
        {
            var at = line.LastIndexOf(separator, StringComparison.Ordinal);
            data.Add(line[..at].TrimEnd(), line[(at + separator.Length)..].Trim());
        }

        data.Count.ShouldBeGreaterThan(0);
        return data;
    }

    private static IEnumerable<string> Block(string language) => Lines.SkipWhile(l => l != "```" + language).Skip(1).TakeWhile(l => l != "```");

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
