using System.Text;
using System.Text.RegularExpressions;
using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Policies;
using Weir.Sdk.Testing;

namespace Weir.Policies.Tests.Readmes;

/// <summary>
/// An example of an exchange: <c>&gt;</c> the client's request, <c>&gt;&gt;</c> the request that goes on, <c>&lt;</c> the origin's response,
/// <c>&lt;&lt;</c> what the client gets. A line and its fields each; what is not there is not looked at.
/// </summary>
internal static partial class ExchangeScript
{
    public static async Task RunAsync(IReadOnlyList<PolicyUse> policies, string script)
    {
        foreach (var example in script.Split("\n\n")) await RunOneAsync(policies, example.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task RunOneAsync(IReadOnlyList<PolicyUse> policies, string[] lines)
    {
        var parts = lines.ToLookup(l => l[..l.IndexOf(' ')], l => l[(l.IndexOf(' ') + 1)..]);
        var start = RequestLine().Match(parts[">"].First());
        using var x = new TestExchange(start.Groups[1].Value, start.Groups[2].Value);
        if (start.Groups[3].Success) x.Parameter(start.Groups[3].Value, start.Groups[4].Value);
        foreach (var (name, value) in parts[">"].Skip(1).Select(Field)) x.Field(name, value);
        if (parts["<"].Any()) x.Respond(int.Parse(parts["<"].First()), [.. parts["<"].Skip(1).Select(Field)]);
        Verdict verdict = default;
        foreach (var use in policies)
        {
            if (use.When?.Evaluate(x) == false) continue;
            var run = await PolicyHarness.RunAsync(use.Policy!, x);
            verdict = run.Verdict;
            if (verdict.Kind != VerdictKind.Continue) break;
        }

        var shown = string.Join('\n', lines);
        if (parts[">>"].Any())
        {
            Url(x).ShouldBe(parts[">>"].First().Split(' ')[1], shown);
            TestExchange.FieldsOf(x.Request.Fields).ShouldBe(parts[">>"].Skip(1).Select(Field), shown);
        }

        if (!parts["<<"].Any())
        {
            verdict.Kind.ShouldBe(VerdictKind.Continue, shown);
            return;
        }

        var status = parts["<<"].First().Split(' ');
        x.Response.Status.ShouldBe(int.Parse(status[0]), shown);
        if (status.Length > 1) Kebab(verdict.Refusal.ToString()).ShouldBe(status[1], shown);
        else TestExchange.FieldsOf(x.Response.Fields).ShouldBe(parts["<<"].Skip(1).Select(Field), shown);
    }

    private static string Url(TestExchange x)
    {
        var request = x.Request;
        return $"{Text(x.Scheme)}://{Text(request.AuthoritySpan)}{Text(request.PathSpan)}{(request.HasQuery ? "?" + Text(request.QuerySpan) : "")}";
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static (string, string) Field(string line) => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());

    private static string Kebab(string name) => Regex.Replace(name, "(?<!^)[A-Z]", "-$0").ToLowerInvariant();

    [GeneratedRegex(@"^(\S+) (\S+)(?: with (\w+)=(.*))?$")]
    private static partial Regex RequestLine();
}
