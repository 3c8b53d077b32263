using Weir.Config.Records;
using Weir.Proxy.Routes.Patterns;
using Weir.Proxy.Routes.Text;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes.Conditions;

/// <summary>Reads the header, query and client conditions of a route, in that order, into the table's list.</summary>
internal sealed class ConditionReader(TextPool pool, RegexStore regexes, IDiagnosticSink sink)
{
    public ConditionList List { get; } = new(pool);

    public void Read(RouteSource route)
    {
        foreach (var (name, value) in route.Match.Headers) Read(ConditionSubject.Header, name, value, route, "headers");
        foreach (var (name, value) in route.Match.Query) Read(ConditionSubject.Query, name, value, route, "query");
        if (route.Match.Client.Count > 0) ReadClient(route);
    }

    private void Read(ConditionSubject subject, string name, ValueMatchConfig value, RouteSource route, string key)
    {
        var given = (value.Exact is null ? 0 : 1) + (value.Prefix is null ? 0 : 1) + (value.Regex is null ? 0 : 1) + (value.Present is null ? 0 : 1);
        if (given != 1)
        {
            Report("bad-value-match", new PatternFault("Exactly one of exact, prefix, regex and present is given.", "a bare scalar stands for exact"));
        }
        else if (subject == ConditionSubject.Header && !TokenPattern.IsToken(name))
        {
            Report("bad-header-name", new PatternFault($"\"{name}\" is no field name."));
        }
        else if (value.Regex is not null)
        {
            if (regexes.Find(value.Regex, out var fault) is { } regex) List.AddRegex(subject, name, regex);
            else Report("bad-regex", fault!, ".regex");
        }
        else
        {
            var test = value.Exact is not null ? ConditionTest.Exact
                : value.Prefix is not null ? ConditionTest.Prefix
                : value.Present == true ? ConditionTest.Present : ConditionTest.Absent;
            List.AddText(subject, test, name, value.Exact ?? value.Prefix ?? "");
        }

        void Report(string code, PatternFault fault, string member = "") => sink.Report(fault, $"{route.DocumentPath}.match.{key}.{name}{member}", code);
    }

    private void ReadClient(RouteSource route)
    {
        var blocks = new List<AddressBlock>(route.Match.Client.Count);
        for (var i = 0; i < route.Match.Client.Count; i++)
        {
            if (AddressBlock.TryParse(route.Match.Client[i], out var block, out var fault)) blocks.Add(block);
            else sink.Report(fault!, $"{route.DocumentPath}.match.client[{i}]", "bad-client-pattern");
        }

        // Added even when every block is broken: a route that asks for certain clients must never match all of them.
        List.AddBlocks(blocks);
    }
}
