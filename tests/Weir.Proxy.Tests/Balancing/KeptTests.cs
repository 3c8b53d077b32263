using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>Clients keep their endpoints.</summary>
public sealed class KeptTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_client_keeps_its_endpoint_that_was_slow_once()
    {
        var slow = "";
        Origin Named(string name) => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                if (slow == name) await Task.Delay(200);
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{name}");
            }
        });
        await using var a = Named("a");
        await using var b = Named("b");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c, retry: { hedge: 30ms } } }
            clusters: { c: { sticky: { keys: [0123456789abcdef0123456789abcdef] }, endpoints: ["{{a.Url}}", "{{b.Url}}"] } }
            """);
        var first = await gateway.AskAsync(Get);
        var mine = $"GET / HTTP/1.1\r\nHost: a\r\nCookie: {first["Set-Cookie"]!.Split(';')[0]}\r\n\r\n";
        slow = first.Body;
        var second = await gateway.AskAsync(mine);
        second.Body.ShouldNotBe(first.Body, "the other one was quicker");
        second.Has("Set-Cookie").ShouldBeFalse();
        slow = "";
        (await gateway.AskAsync(mine)).Body.ShouldBe(first.Body);
    }

    [Fact]
    public async Task Clients_keep_their_endpoints_of_two_clusters()
    {
        static Origin Named(string name) => Origin.Answering($"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{name}");
        var all = Enumerable.Range(0, 8).Select(static i => Named($"{(i < 4 ? 'a' : 'b')}{i}")).ToList();
        await using (var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { match: { path: /a }, forward: a }, b: { match: { path: /b }, forward: b } }
            clusters:
              a: { sticky: { keys: [0123456789abcdef0123456789abcdef] }, endpoints: [{{string.Join(", ", all.Take(4).Select(static o => $"\"{o.Url}\""))}}] }
              b: { sticky: { keys: [0123456789abcdef0123456789abcdef] }, endpoints: [{{string.Join(", ", all.Skip(4).Select(static o => $"\"{o.Url}\""))}}] }
            """))
        {
            var jar = new Dictionary<string, string>();
            var names = new HashSet<string>();
            for (var i = 0; i < 40; i++)
            {
                var cookies = string.Join("; ", jar.Select(static c => $"{c.Key}={c.Value}"));
                var answer = await gateway.AskAsync($"GET /{(i % 2 == 0 ? 'a' : 'b')} HTTP/1.1\r\nHost: a\r\n{(cookies.Length > 0 ? $"Cookie: {cookies}\r\n" : "")}\r\n");
                names.Add(answer.Body);
                if (answer["Set-Cookie"] is { } set) jar[set.Split('=')[0]] = set.Split(';')[0].Split('=', 2)[1];
            }

            names.Count.ShouldBe(2);
        }

        foreach (var origin in all) await origin.DisposeAsync();
    }
}
