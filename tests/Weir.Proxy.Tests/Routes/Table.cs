using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Routes;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Tests.Routes;

internal sealed class Problems : IDiagnosticSink
{
    public List<ConfigProblem> All { get; } = [];

    public void Report(ConfigProblem problem) => All.Add(problem);
}

/// <summary>A table as a test writes it, and matches by route name.</summary>
internal sealed class Table
{
    public Table(params RouteSource[] routes)
    {
        Routes = RouteTable.Build(routes, Problems);
    }

    public RouteTable Routes { get; }

    public Problems Problems { get; } = new();

    /// <summary>A route named after its path.</summary>
    public static RouteSource Route(string name, string? path = null, string? host = null, string? methods = null, int priority = 0)
        => new(name, new MatchConfig
        {
            Path = Split(path),
            Host = Split(host),
            Methods = Split(methods),
        }, priority);

    /// <summary>A table of one route per path, named by it.</summary>
    public static Table Of(params string[] paths) => new([.. paths.Select(p => Route(p, p))]);

    public static Dictionary<string, ValueMatchConfig> Values(params (string Name, ValueMatchConfig Value)[] values) => values.ToDictionary(v => v.Name, v => v.Value);

    public static ValueMatchConfig Exact(string value) => new() { Exact = value };

    /// <summary>The name of the route that takes GET of a path on host "h"; "" for 404, "!ALLOW" for 405, "+ALLOW" for automatic OPTIONS.</summary>
    public string Match(string target, string method = "GET", string host = "h", params string[] fields)
    {
        using var request = new Request(method, host, target, fields);
        return Match(request);
    }

    public string Match(Request request)
    {
        var captures = default(RouteCaptures);
        var match = Routes.Match(request.Input, ref captures);
        return match.Outcome switch
        {
            RouteOutcome.NoRoute => "",
            RouteOutcome.Matched => Routes.Sources[match.Route].Name,
            RouteOutcome.MethodNotAllowed => "!" + Allow(match.Allow),
            _ => "+" + Allow(match.Allow),
        };
    }

    /// <summary>The captures as "name=value", in order.</summary>
    public string Captures(string target, string host = "h")
    {
        using var request = new Request("GET", host, target);
        var captures = default(RouteCaptures);
        Routes.Match(request.Input, ref captures).Outcome.ShouldBe(RouteOutcome.Matched);
        var text = new List<string>();
        for (var i = 0; i < captures.Count; i++)
            text.Add(captures.Name(i) + "=" + Encoding.UTF8.GetString(captures.Get(request.PathBytes, captures.Name(i))));
        return string.Join(' ', text);
    }

    private string Allow(MethodSet methods)
    {
        Span<byte> buffer = stackalloc byte[Routes.MaxAllowLength];
        return Encoding.ASCII.GetString(buffer[..Routes.FormatAllow(methods, buffer)]);
    }

    private static string[] Split(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { } parts
        ? text.StartsWith('~') ? [text] : parts
        : [];
}
