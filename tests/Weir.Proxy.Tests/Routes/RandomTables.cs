using System.Net;
using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

/// <summary>Tables and requests out of small alphabets, so that everything collides with everything. The seed names the case.</summary>
internal sealed class RandomTables(int seed)
{
    private static readonly string[] Hosts = ["a.example.com", "b.example.com", "x.a.example.com", "*.example.com", "*.a.example.com", "*.com", "*", "*"];
    private static readonly string[] Literals = ["a", "b", "c"];
    private static readonly string[] Regexes = ["~ ^/a/.*$", "~ ^/[ab]/[a-c]?$", "~ c$", "~ ^/(?<x>b|c)(/.*)?$"];
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PURGE"];

    private readonly Random _random = new(seed);

    public bool WithRegexes { get; init; } = true;

    public RouteSource[] Routes(int count) => [.. Enumerable.Range(0, count).Select(i => Route($"r{i}"))];

    public Request Request()
    {
        var host = Pick("a.example.com", "b.example.com", "x.a.example.com", "y.x.a.example.com", "example.com", "a.com", "other", "");
        var path = Chance(20) ? "*" : "";
        if (path.Length == 0) for (var i = _random.Next(1, 5); i > 0; i--) path += "/" + Pick("a", "b", "c", "d", i == 1 ? "" : "a");
        var query = string.Join('&', Enumerable.Range(0, _random.Next(3)).Select(_ => Pick("p", "q", "%70", "q") + Pick("=1", "=2", "=12", "", "=%31", "=+1")));
        var fields = Enumerable.Range(0, _random.Next(3)).Select(_ => Pick("x-a", "X-B", "accept") + ":" + Pick("1", "2", "12", "")).ToArray();
        return new Request(Pick(Methods.Append("BREW").ToArray()), host, path + (query.Length > 0 ? "?" + query : ""), fields)
        {
            Client = Chance(4) ? null : IPAddress.Parse(Pick("10.0.0.1", "10.1.0.1", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1")),
        };
    }

    private RouteSource Route(string name) => new(name, new MatchConfig
    {
        Host = Some(3, () => Pick(Hosts)),
        Path = Some(6, Path),
        Methods = Chance(2) ? Some(2, () => Pick(Methods)) : [],
        Headers = Values("x-a", "x-b", "Accept"),
        Query = Values("p", "q"),
        Client = Chance(8) ? Some(1, () => Pick("10.0.0.0/8", "10.0.0.1", "2001:db8::/32")) : [],
    }, _random.Next(3), Chance(5));

    private string Path()
    {
        if (WithRegexes && Chance(8)) return Pick(Regexes);
        var path = "";
        var segments = _random.Next(1, 5);
        for (var i = 0; i < segments; i++)
        {
            var last = i == segments - 1;
            path += "/" + (_random.Next(8) switch
            {
                0 or 1 => "*",
                2 => $"{{n{i}}}",
                3 when last => "**",
                4 when last => "{rest**}",
                5 when last => "",
                _ => Pick(Literals),
            });
        }

        return path;
    }

    private Dictionary<string, ValueMatchConfig> Values(params string[] names)
    {
        var values = new Dictionary<string, ValueMatchConfig>();
        if (!Chance(3)) return values;
        for (var i = _random.Next(1, 3); i > 0; i--)
        {
            values[Pick(names)] = _random.Next(5) switch
            {
                0 => new ValueMatchConfig { Prefix = Pick("1", "") },
                1 => new ValueMatchConfig { Present = Chance(2) },
                2 when WithRegexes => new ValueMatchConfig { Regex = Pick("^1", "2$") },
                _ => new ValueMatchConfig { Exact = Pick("1", "2", "12") },
            };
        }

        return values;
    }

    private string[] Some(int most, Func<string> make) => [.. Enumerable.Range(0, _random.Next(most == 1 ? 1 : 0, most)).Select(_ => make()).Distinct()];

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
