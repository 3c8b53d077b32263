using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Inspection;

namespace Weir.Proxy.Tests.Inspection;

/// <summary>All mistakes are said at once, the compilers' too, and none that only follows from another.</summary>
public class TrialTests
{
    private const string Sound = """
        version: 1
        listeners: { web: { address: "127.0.0.1:0", policies: [{ headers: { response: { set: { X: y } } } }] } }
        policies: { named: { headers: { request: { set: { A: "${request.path}" } } }, when: "request.method == 'GET'" } }
        routes:
          a: { match: { host: a.example, path: "/v/{id}", headers: { X: { present: true } } }, policies: [named], forward: { cluster: c } }
          b: { match: { path: ["~ ^/x[0-9]+$", /y] }, respond: { status: 200, body: "hi ${request.host}" } }
          d: { match: { path: /d }, redirect: { to: "https://${request.host}/", status: 308 } }
        clusters: { c: { endpoints: ["http://127.0.0.1:1", { url: "http://127.0.0.1:2", weight: 2 }], balancer: round-robin } }
        """;

    [Fact]
    public async Task What_the_reader_and_what_the_compilers_find_is_said_together()
    {
        var found = await Codes("""
            version: 1
            listeners: { web: { adress: "127.0.0.1:0" } }
            routes:
              typo: { match: { pth: /a }, respond: 200 }
              regex: { match: { path: "~ (" }, respond: 200 }
              expression: { match: { path: /e }, respond: { status: 200, body: "${request.hst}" } }
              one: { match: { path: /same }, respond: 200 }
              two: { match: { path: /same }, respond: 200 }
            """);
        found.ShouldBe(["2:unknown-key", "4:unknown-key", "5:bad-regex", "6:bad-expression", "8:overlapping-routes"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_follows_from_a_known_mistake_is_not_said()
    {
        var found = await Codes("""
            version: 1
            listeners: { web: ":0" }
            policies:
              broken: { headers: { request: { sett: {} } } }
            routes:
              typo: { match: { pth: /a }, forward: gone }
              all: { policies: [broken], forward: c }
            clusters: { c: { endpoints: ["ftp://a"] } }
            """);
        found.ShouldBe(["4:unknown-key", "6:unknown-key", "6:dangling-name", "8:bad-url"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_mistake_in_a_route_does_not_hide_those_in_its_hosts_and_paths()
    {
        var found = await Codes("""
            version: 1
            listeners: { web: ":0" }
            routes:
              all:
                match:
                  methods: get
                  host: "example.com:8080"
                  path: api
                forward: nowhere
              unset:
                match: { host: ["${NOT_SET_HERE}", "a b"], path: ["${NOT_SET_HERE}", ^/x, "~ ("] }
                respond: 200
            """);
        found.ShouldBe(["6:bad-method", "7:bad-host-pattern", "8:bad-path-pattern", "9:dangling-name", "11:unset-variable", "11:unset-variable", "11:bad-host-pattern", "11:bad-path-pattern", "11:bad-regex"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_path_that_begins_as_a_regular_expression_is_said_to_be_one()
    {
        var load = ConfigReader.LoadText("version: 1\nlisteners: { web: \":0\" }\nroutes: { r: { match: { path: ^/api }, respond: 200 } }\n", BuiltInPolicies.All);
        await using var trial = ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []);
        trial.Diagnostics.ShouldHaveSingleItem().Hint.ShouldBe("write \"~ ^/api\" for a regular expression");
    }

    [Fact]
    public void A_setting_of_a_policy_is_said_to_be_that()
        => ConfigReader.LoadText("version: 1\nlisteners: { web: \":0\" }\nroutes: { r: { respond: 200, policies: [{ strip-prefix: /api }, { add_header: x }, redirect-scheme] } }\n", BuiltInPolicies.All)
            .Diagnostics.Select(static d => d.Hint).ShouldBe(["that is 'rewrite: { strip-prefix: … }' here", "that is 'headers' here", "that is 'https-redirect' here"]);

    [Fact]
    public async Task An_error_in_what_an_alias_stands_for_is_one_of_all_its_users()
    {
        var found = await Codes("""
            version: 1
            listeners: { web: ":0" }
            routes:
              one: { match: &m { path: /same, methds: [GET] }, respond: 200 }
              two:
                match: *m
                respond: 200
            """);
        found.ShouldBe(["4:unknown-key"]);
    }

    [Fact]
    public async Task Whatever_is_in_a_file_compiling_what_is_right_in_it_never_throws()
    {
        const string Signs = "{}[]:,-#&*!|>'\"%@`?~$\\ \n\t0aé\u0001<";
        (await Codes(Sound)).ShouldBeEmpty();
        var random = new Random(7);
        var compiled = 0;
        for (var i = 0; i < 2000; i++)
        {
            var text = Sound.ToCharArray().ToList();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(text.Count);
                if (random.Next(2) == 0) text.RemoveRange(at, Math.Min(random.Next(1, 20), text.Count - at));
                else text.Insert(at, Signs[random.Next(Signs.Length)]);
            }

            var load = ConfigReader.LoadText(new string([.. text]), BuiltInPolicies.All);
            await using var trial = ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []);
            if (trial.Snapshot is null) trial.Diagnostics.ShouldContain(static d => d.IsError);
            if (!load.IsValid && load.Draft is not null) compiled++;
        }

        compiled.ShouldBeGreaterThan(200);
    }

    private static async Task<string[]> Codes(string yaml)
    {
        var load = ConfigReader.LoadText(yaml, BuiltInPolicies.All);
        await using var trial = ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []);
        return [.. trial.Diagnostics.Select(static d => $"{d.Line}:{d.Code}")];
    }
}
