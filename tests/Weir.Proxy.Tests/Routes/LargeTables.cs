using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

/// <summary>Tables of ten thousand routes in the shapes that people have.</summary>
internal static class LargeTables
{
    public const int Count = 10_000;

    /// <summary>An API of many services: literals, parameters and prefixes over a hundred hosts, a tenth with methods.</summary>
    public static RouteSource[] Mixed() => [.. Enumerable.Range(0, Count).Select(i => Table.Route(
        $"route-{i}",
        (i % 4) switch
        {
            0 => $"/v1/service-{i}/status",
            1 => $"/v1/service-{i}/items/{{id}}",
            2 => $"/v1/service-{i}/items/{{id}}/parts/{{part}}",
            _ => $"/v2/service-{i}/**",
        },
        i % 10 == 9 ? null : i % 10 == 8 ? $"*.zone-{i % 100}.example.com" : $"api-{i % 100}.example.com",
        i % 10 == 0 ? "GET POST" : null))];

    /// <summary>One path, told apart by a header's value.</summary>
    public static RouteSource[] Tenants() => [.. Enumerable.Range(0, Count).Select(i => new RouteSource(
        $"tenant-{i}", new MatchConfig { Path = ["/api/**"], Headers = Table.Values(("x-tenant", Table.Exact($"tenant-{i}"))) }))];

    /// <summary>One host per route.</summary>
    public static RouteSource[] Hosts() => [.. Enumerable.Range(0, Count).Select(i => Table.Route($"site-{i}", host: $"www.site-{i}.example"))];

    /// <summary>Requests that each meet a route of <see cref="Mixed"/>, spread over all of them.</summary>
    public static Request[] Requests(int count) => [.. Enumerable.Range(0, count).Select(n =>
    {
        var i = n * 7919 % Count;
        return new Request("GET", i % 10 == 8 ? $"a.b.zone-{i % 100}.example.com" : $"api-{i % 100}.example.com", (i % 4) switch
        {
            0 => $"/v1/service-{i}/status",
            1 => $"/v1/service-{i}/items/{i * 31}",
            2 => $"/v1/service-{i}/items/{i * 31}/parts/p-{i}",
            _ => $"/v2/service-{i}/some/where/else.html",
        }, "accept: */*", "user-agent: test");
    })];
}
