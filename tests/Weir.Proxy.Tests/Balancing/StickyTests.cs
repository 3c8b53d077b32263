using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>Sticky sessions: a client keeps its endpoint by a signed cookie.</summary>
public sealed class StickyTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_client_comes_back_to_its_endpoint_and_is_told_once()
    {
        await using var site = await Site.StartAsync(3, loops: 2);
        for (var client = 0; client < 10; client++)
        {
            var first = await site.AskAsync(null);
            var cookie = first["Set-Cookie"].ShouldNotBeNull();
            cookie.ShouldMatch("^weir-endpoint-c=[A-Za-z0-9_-]{11}\\.[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax$");
            for (var again = 0; again < 5; again++)
            {
                var next = await site.AskAsync($"theme=dark; {cookie.Split(';')[0]}; lang=de");
                next.Body.ShouldBe(first.Body);
                next.Has("Set-Cookie").ShouldBeFalse();
            }
        }
    }

    [Fact]
    public async Task The_origins_own_cookies_stay()
    {
        await using var site = await Site.StartAsync(1, fields: "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n");
        (await site.AskAsync(null)).Fields.Where(static f => f.Name.Equals("set-cookie", StringComparison.OrdinalIgnoreCase)).Select(static f => f.Value.Split('=')[0]).ShouldBe(["a", "c", "weir-endpoint-c"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("***********.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_cookie_of_ours_says_nothing(string value)
    {
        await using var site = await Site.StartAsync(3);
        (await site.AskAsync($"weir-endpoint-c={value}"))["Set-Cookie"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_client_cannot_choose_its_endpoint()
    {
        await using var site = await Site.StartAsync(2);
        // The endpoint of one cookie with the signature of another.
        var cookies = new Dictionary<string, string>();
        while (cookies.Count < 2)
        {
            var answer = await site.AskAsync(null);
            cookies[answer.Body] = answer["Set-Cookie"]!.Split(';')[0].Split('=')[1];
        }

        var forged = cookies["0"].Split('.')[0] + "." + cookies["1"].Split('.')[1];
        var picks = new HashSet<string>();
        for (var i = 0; i < 40; i++)
        {
            var answer = await site.AskAsync("weir-endpoint-c=" + forged);
            answer.Has("Set-Cookie").ShouldBeTrue();
            picks.Add(answer.Body);
        }

        picks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task When_the_endpoint_goes_another_takes_over()
    {
        await using var site = await Site.StartAsync(3);
        var first = await site.AskAsync(null);
        var cookie = first["Set-Cookie"]!.Split(';')[0];
        await site.ApplyAsync([.. Enumerable.Range(0, 3).Where(i => i != int.Parse(first.Body, System.Globalization.CultureInfo.InvariantCulture))]);
        var second = await site.AskAsync(cookie);
        second.Body.ShouldNotBe(first.Body);
        var other = second["Set-Cookie"].ShouldNotBeNull().Split(';')[0];
        // It comes back: the client stays where it is now.
        await site.ApplyAsync([0, 1, 2]);
        for (var i = 0; i < 5; i++) (await site.AskAsync(other)).Body.ShouldBe(second.Body);
    }

    [Fact]
    public async Task A_drained_endpoint_keeps_its_clients_and_a_sick_one_does_not()
    {
        await using var site = await Site.StartAsync(2);
        var first = await site.AskAsync(null);
        var cookie = first["Set-Cookie"]!.Split(';')[0];
        var endpoint = site.Endpoint(first.Body);
        endpoint.Draining = true;
        for (var i = 0; i < 5; i++) (await site.AskAsync(cookie)).Body.ShouldBe(first.Body);
        for (var i = 0; i < 10; i++) (await site.AskAsync(null)).Body.ShouldNotBe(first.Body);
        endpoint.Ejected = true;
        var moved = await site.AskAsync(cookie);
        moved.Body.ShouldNotBe(first.Body);
        moved.Has("Set-Cookie").ShouldBeTrue();
    }

    [Fact]
    public async Task An_endpoint_whose_clients_are_to_move_on_keeps_none()
    {
        await using var site = await Site.StartAsync(2);
        var first = await site.AskAsync(null);
        var cookie = first["Set-Cookie"]!.Split(';')[0];
        var endpoint = site.Endpoint(first.Body);
        (endpoint.Draining, endpoint.Evicting) = (true, true);
        var moved = await site.AskAsync(cookie);
        moved.Body.ShouldNotBe(first.Body);
        moved.Has("Set-Cookie").ShouldBeTrue();
    }

    [Fact]
    public async Task Keys_are_changed_without_losing_a_client()
    {
        const string fresh = "fedcba9876543210fedcba9876543210";
        await using var site = await Site.StartAsync(3);
        var first = await site.AskAsync(null);
        var old = first["Set-Cookie"]!.Split(';')[0];
        await site.ApplyAsync([0, 1, 2], $"[\"{fresh}\", \"{Key}\"]");
        var second = await site.AskAsync(old);
        second.Body.ShouldBe(first.Body);
        var renewed = second["Set-Cookie"].ShouldNotBeNull().Split(';')[0];
        renewed.ShouldNotBe(old);
        await site.ApplyAsync([0, 1, 2], $"[\"{fresh}\"]");
        var third = await site.AskAsync(renewed);
        third.Body.ShouldBe(first.Body);
        third.Has("Set-Cookie").ShouldBeFalse();
        (await site.AskAsync(old)).Has("Set-Cookie").ShouldBeTrue();
    }

    [Fact]
    public async Task The_cookie_is_as_the_file_says()
    {
        await using var site = await Site.StartAsync(1, sticky: "cookie: S, path: /shop, max-age: 1h, same-site: strict, ");
        (await site.AskAsync(null))["Set-Cookie"].ShouldNotBeNull().ShouldMatch("^S=[^;]+; Path=/shop; Max-Age=3600; HttpOnly; SameSite=Strict$");
    }

    private sealed class Site : IAsyncDisposable
    {
        private readonly List<Origin> _origins = [];
        private string _sticky = "";
        private TestGateway _gateway = null!;

        public static async Task<Site> StartAsync(int origins, int loops = 1, string sticky = "", string fields = "")
        {
            var site = new Site { _sticky = sticky };
            for (var i = 0; i < origins; i++) site._origins.Add(Origin.Answering($"HTTP/1.1 200 OK\r\n{fields}Content-Length: 1\r\n\r\n{i}"));
            site._gateway = await TestGateway.StartAsync(site.Yaml([.. Enumerable.Range(0, origins)], $"\"{Key}\""), loops);
            return site;
        }

        public Model.EndpointState Endpoint(string number)
            => _gateway.Gateway.Store.Endpoints.Single(e => e.Url == _origins[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)].Url);

        public Task<Message> AskAsync(string? cookie) => _gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{(cookie is null ? "" : $"Cookie: {cookie}\r\n")}\r\n");

        public async Task ApplyAsync(int[] origins, string keys = $"\"{Key}\"") => (await _gateway.ApplyAsync(Yaml(origins, keys))).IsApplied.ShouldBeTrue();

        public async ValueTask DisposeAsync()
        {
            await _gateway.DisposeAsync();
            foreach (var origin in _origins) await origin.DisposeAsync();
        }

        // New endpoints have their share at once, and slow ones too: what is tested here is who has whom.
        private string Yaml(int[] origins, string keys) => $$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { balancer: random, slow-start: 0s, sticky: { {{_sticky}}keys: {{keys}} }, endpoints: [{{string.Join(", ", origins.Select(i => $"\"{_origins[i].Url}\""))}}] } }
            """;
    }
}
