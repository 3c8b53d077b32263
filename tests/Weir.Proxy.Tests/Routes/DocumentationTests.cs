using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Weir.Config.Records;
using Weir.Proxy.Routes;
using YamlDotNet.RepresentationModel;

namespace Weir.Proxy.Tests.Routes;

/// <summary>Runs the examples of docs/routes.md: a block of routes, then requests with where they go, or problems with their place.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void TheExamplesOfTheRoutesPageHold()
    {
        RouteSource[] routes = [];
        var table = new Table();
        var checkedLines = 0;
        foreach (Match block in Block().Matches(File.ReadAllText(PagePath())))
        {
            var text = block.Groups["text"].Value;
            switch (block.Groups["kind"].Value)
            {
                case "yaml":
                    routes = Read(text);
                    table = new Table(routes);
                    table.Problems.All.ShouldBeEmpty();
                    table.Routes.Check(table.Problems);
                    break;
                case "requests":
                    table.Problems.All.ShouldBeEmpty();
                    foreach (var line in Lines(text))
                    {
                        CheckRequest(table, routes, line);
                        checkedLines++;
                    }

                    break;
                case "problems":
                    var problem = table.Problems.All.ShouldHaveSingleItem();
                    var found = $"{problem.Severity.ToString().ToLowerInvariant()} {problem.Path} {problem.Code}";
                    var wanted = Lines(text).ShouldHaveSingleItem();
                    wanted.ShouldStartWith(found);
                    problem.Message.ShouldContain(wanted[found.Length..].Trim());
                    checkedLines++;
                    break;
            }
        }

        checkedLines.ShouldBeGreaterThan(45);
    }

    private static void CheckRequest(Table table, RouteSource[] routes, string line)
    {
        var match = RequestLine().Match(line);
        match.Success.ShouldBeTrue(line);
        var extras = match.Groups["extra"].Captures.Select(c => c.Value.Trim('[', ']', ' ')).ToList();
        using var request = new Request(match.Groups["method"].Value, match.Groups["host"].Value, match.Groups["target"].Value, [.. extras.Where(e => !e.StartsWith("from "))])
        {
            Client = extras.Find(e => e.StartsWith("from ")) is { } from ? IPAddress.Parse(from[5..]) : null,
        };
        var answer = table.Match(request) switch
        {
            "" => "404",
            ['!', .. var allow] => "405 " + allow,
            ['+', .. var allow] => "204 " + allow,
            var route => route,
        };
        answer.ShouldBe(match.Groups["answer"].Value, line);
        new ReferenceMatcher(routes).Match(request).ShouldBe(table.Match(request), "reference: " + line);
    }

    private static RouteSource[] Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var routes = (YamlMappingNode)((YamlMappingNode)stream.Documents[0].RootNode)["routes"];
        return [.. routes.Children.Select(r => ReadRoute(r.Key.ToString(), (YamlMappingNode)r.Value))];
    }

    private static RouteSource ReadRoute(string name, YamlMappingNode route)
    {
        var match = route.Children.TryGetValue("match", out var given) ? (YamlMappingNode)given : [];
        return new RouteSource(
            name,
            new MatchConfig
            {
                Host = List(match, "host"),
                Path = List(match, "path"),
                Methods = List(match, "methods"),
                Client = List(match, "client"),
                Headers = Values(match, "headers"),
                Query = Values(match, "query"),
            },
            route.Children.TryGetValue("priority", out var priority) ? int.Parse(priority.ToString()) : 0,
            route.Children.TryGetValue("automatic-options", out var automatic) && automatic.ToString() == "true");
    }

    private static string[] List(YamlMappingNode match, string key) => !match.Children.TryGetValue(key, out var value) ? []
        : value is YamlSequenceNode list ? [.. list.Select(v => v.ToString())] : [value.ToString()];

    private static Dictionary<string, ValueMatchConfig> Values(YamlMappingNode match, string key)
        => !match.Children.TryGetValue(key, out var values) ? [] : ((YamlMappingNode)values).ToDictionary(v => v.Key.ToString(), v => Value(v.Value));

    private static ValueMatchConfig Value(YamlNode node) => node is not YamlMappingNode map ? new ValueMatchConfig { Exact = node.ToString() } : new ValueMatchConfig
    {
        Regex = map.Children.TryGetValue("regex", out var regex) ? regex.ToString() : null,
        Prefix = map.Children.TryGetValue("prefix", out var prefix) ? prefix.ToString() : null,
        Present = map.Children.TryGetValue("present", out var present) ? present.ToString() == "true" : null,
    };

    private static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string PagePath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/routes.md");

    [GeneratedRegex("^```(?<kind>\\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?<method>\S+) http://(?<host>[^/]+)(?<target>/\S*)(?<extra> \[[^\]]+\])*\s+-> (?<answer>.+)$")]
    private static partial Regex RequestLine();
}
