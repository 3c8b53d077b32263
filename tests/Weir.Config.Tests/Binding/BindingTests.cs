using Weir.Config.Records;

namespace Weir.Config.Tests.Binding;

public sealed class BindingTests
{
    [Fact]
    public void WholeDocumentIsRead()
    {
        var config = Read.Valid("""
            version: 1
            workers: 2
            listeners:
              web: ":8080"
              lan: { address: "127.0.0.1:8081", routes: [orders], limits: { header: 16KiB } }
            policies:
              per-user: { sample: 100/min, when: "true", mode: shadow }
            routes:
              orders:
                match: { host: api.example.com, path: [/v1/orders, "/v1/orders/**"], methods: GET, headers: { X-Beta: "1", X-Debug: { present: false } } }
                policies:
                  - per-user
                  - sample:
                      set: { X-A: ${request.host}, X-B: 2 }
                      rules: [{ pattern: a, inner: { pattern: b } }]
                  - sample
                forward: orders
                timeouts: { total: 1m30s }
              away: { redirect: { to: "https://x${request.target}", status: 301 } }
            clusters:
              orders:
                balancer: least-requests
                endpoints: ["http://10.0.0.1:8080", { url: "http://10.0.0.2:8080", weight: 2 }]
                retry: 2
            """.Replace("X-A: ${request.host}", "X-A: \"${request.host}\"", StringComparison.Ordinal)).Config!;
        config.Workers.Number.ShouldBe(2);
        config.Listeners["lan"].Limits.Header.Bytes.ShouldBe(16_384);
        config.Policies["per-user"].Mode.ShouldBe(PolicyMode.Shadow);
        config.Policies["per-user"].When.ShouldBe("true");
        var route = config.Routes["orders"];
        route.Match.Host.ShouldBe(["api.example.com"]);
        route.Match.Methods.ShouldBe(["GET"]);
        route.Match.Headers["X-Beta"].Exact.ShouldBe("1");
        route.Match.Headers["X-Debug"].Present.ShouldBe(false);
        route.Timeouts.Total.ShouldBe(TimeSpan.FromSeconds(90));
        route.Policies[0].Name.ShouldBe("per-user");
        var settings = route.Policies[1].Settings.ShouldBeOfType<SampleConfig>();
        settings.Set.ShouldBe(new Dictionary<string, string> { ["X-A"] = "${request.host}", ["X-B"] = "2" });
        settings.Rules[0].Inner!.Pattern.ShouldBe("b");
        route.Policies[1].SettingsPath.ShouldBe("routes.orders.policies[1].sample");
        route.Policies[2].Settings.ShouldBeOfType<SampleConfig>();
        config.Clusters["orders"].Balancer.ShouldBe(BalancerKind.LeastRequests);
        config.Clusters["orders"].Endpoints.Select(e => e.Weight).ShouldBe([1, 2]);
        config.Clusters["orders"].Retry.Attempts.ShouldBe(2);
        config.Defaults.Timeouts.FirstByte.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void AllErrorsAreSaidAtOnceSortedByPlace()
        => Read.Errors("""
            versoin: 1
            workers: many
            listeners:
              web: { address: ":8080", backlog: 0, limits: { header: 1GiB } }
            routes:
              a:
                match: { path: /a, method: GET }
                respond: { status: 99 }
              b: { forward: nowhere }
            telemetry: { metrics: yes, log: warn }
            shutdown-timeout: 30
            """).ShouldBe([
            "1:1: unknown-key: there is no setting 'versoin' here (did you mean 'version'?)",
            "2:10: wrong-type: 'many' is not 'auto' or a number from 1 to 256",
            "4:37: out-of-bounds: '0' is not from 1 to 1000000",
            "4:58: out-of-bounds: '1GiB' is not from 256 to 256KiB",
            "7:24: unknown-key: there is no setting 'method' here (did you mean 'methods'?)",
            "8:24: out-of-bounds: '99' is not from 200 to 599",
            "9:17: dangling-name: there is no cluster 'nowhere'",
            "10:23: wrong-type: 'yes' is not true or false (write true)",
            "10:33: bad-choice: 'warn' is not one of debug, info, warning, error (that is 'warning' here)",
            "11:19: wrong-type: '30' is not a duration such as 250ms, 5s or 1m30s (a duration needs a unit: 30ms or 30s?)",
        ]);

    [Theory]
    [InlineData("routes: { a: { path: /a, respond: 200 } }", "there is no setting 'path' here (that is under 'match' here)")]
    [InlineData("routes: { a: { respond: 200, proxy_pass: c } }", "there is no setting 'proxy_pass' here (that is 'forward: CLUSTER' here)")]
    [InlineData("routes: { a: { forward: c, mirror: c } }\nclusters: { c: { endpoints: [\"http://a\"] } }", "there is no setting 'mirror' here (that is 'forward: { cluster: …, mirror: … }' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], lb_policy: random } }", "there is no setting 'lb_policy' here (that is 'balancer' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], Circuit-Breaker: {} } }", "there is no setting 'Circuit-Breaker' here (that is 'breaker' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { path: / } } }", "there is no setting 'path' here (that is under 'probe' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], retry: { num_retries: 2 } } }", "there is no setting 'num_retries' here (that is 'attempts' here, the first one counted)")]
    [InlineData("upstreams: {}", "there is no setting 'upstreams' here (that is 'clusters' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { probe: { rise: 2 } } } }", "there is no setting 'rise' here (that is 'healthy' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { probe: { fall: 2 } } } }", "there is no setting 'fall' here (that is 'unhealthy' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { probe: { expect: 2 } } } }", "there is no setting 'expect' here (that is 'status' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { probe: { uri: 2 } } } }", "there is no setting 'uri' here (that is 'path' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { rise: 2 } } }", "there is no setting 'rise' here (that is under 'probe' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", backup: 3 }] } }", "there is no setting 'backup' here (that is 'priority: 1' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", down: 3 }] } }", "there is no setting 'down' here (that is 'weight: 0' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", max_fails: 3 }] } }", "there is no setting 'max_fails' here (that is 'health: { outliers: … }' of the cluster here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", fail_timeout: 3 }] } }", "there is no setting 'fail_timeout' here (that is 'health: { outliers: … }' of the cluster here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", maxconn: 3 }] } }", "there is no setting 'maxconn' here (that is 'pool: { connections: … }' of the cluster here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ url: \"http://a\", check: 3 }] } }", "there is no setting 'check' here (that is 'health: { probe: … }' of the cluster here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [{ address: a }] } }", "there is no setting 'address' here (that is 'url: \"http://host:port\"' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], max_fails: 3 } }", "there is no setting 'max_fails' here (that is 'health: { outliers: … }' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { max_fails: 3 } } }", "there is no setting 'max_fails' here (that is 'outliers' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], health: { outliers: { base_ejection_time: 30s } } } }", "there is no setting 'base_ejection_time' here (that is 'ejection' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], timeouts: { connect: 1s } } }", "there is no setting 'timeouts' here (that is 'connect-timeout' here; the others are a route's 'timeouts')")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], pool: { max-connections: 3 } } }", "there is no setting 'max-connections' here (that is 'connections' (of each endpoint) or 'cluster-connections' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], pool: { maxconn: 3 } } }", "there is no setting 'maxconn' here (that is 'connections' (of each endpoint) or 'cluster-connections' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], pool: { keepalive: 3 } } }", "there is no setting 'keepalive' here (that is 'idle' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\"], maxconn: 3 } }", "there is no setting 'maxconn' here (that is under 'pool' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { discover: { dns: { name: a, resolver: 10.0.0.1 } } } }", "there is no setting 'resolver' here (that is 'servers' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { discover: { dns: { name: a, ttl: 5s } } } }", "there is no setting 'ttl' here (that is 'max-ttl' here)")]
    [InlineData("routes: { a: { forward: c } }\nclusters: { c: { servers: [\"http://a\"] } }", "there is no setting 'servers' here (that is 'endpoints' here)")]
    [InlineData("routes: { a: { proxy_pass: c } }\nclusters: { c: { endpoints: [\"http://a\"] } }", "there is no setting 'proxy_pass' here (that is 'forward: CLUSTER' here)")]
    [InlineData("routes: { a: { split: { stable: 90 } } }\nclusters: { c: { endpoints: [\"http://a\"] } }", "there is no setting 'stable' here (arms: { stable: { weight: 90, forward: CLUSTER }, canary: { weight: 10, forward: CLUSTER } })")]
    [InlineData("routes: { a: { respond: { code: 200 } } }", "there is no setting 'code' here (that is 'status' here)")]
    public void WhatOthersCallItIsUnderstood(string text, string error)
        => Read.Errors(Read.Head + text + "\n").ShouldHaveSingleItem().ShouldEndWith("unknown-key: " + error);

    [Theory]
    [InlineData("bind", "that is 'address' here, as in \":8080\"")]
    [InlineData("ssl", "that is 'tls' here")]
    public void WhatOthersCallAListenersIsUnderstood(string key, string hint)
        => Read.Errors("version: 1\nlisteners:\n  web: { address: \":0\", " + key + ": x }\n").ShouldBe([$"3:25: unknown-key: there is no setting '{key}' here ({hint})"]);

    [Fact]
    public void AnUnknownKeySaysWhatThereIs()
        => Read.Errors(Read.Head + "clusters: { c: { endpoints: [\"http://a\"], health: { probe: { zzz: 1 } } } }\nroutes: { r: { forward: c } }\n").ShouldBe(
            ["3:62: unknown-key: there is no setting 'zzz' here (it takes type, path, method, host, headers, port, status, body, service, interval, jitter, timeout, healthy, unhealthy, initial)"]);

    [Theory]
    [InlineData("protocol: h2c", "'h2c' is not one of auto, http1, http2 (that is 'http2' here)")]
    [InlineData("protocol: h2", "'h2' is not one of auto, http1, http2 (that is 'http2' here)")]
    [InlineData("protocol: https", "'https' is not one of auto, http1, http2 (endpoints that are written https://… have TLS)")]
    public void WhatOthersCallAChoiceIsUnderstood(string setting, string error)
        => Read.Errors(Read.Head + "clusters: { c: { endpoints: [\"http://a\"], " + setting + " } }\nroutes: { r: { forward: c } }\n").ShouldBe(["3:53: bad-choice: " + error]);

    [Theory]
    [InlineData("retry: { hedge: 95% }", "3:59: wrong-type: '95%' is not a duration such as 250ms, 5s or 1m30s ({ percentile: 95 })")]
    [InlineData("retry: { hedge: { percentile: 95% } }", "3:73: wrong-type: '95%' is not a whole number (a number without a sign: 95)")]
    public void ValuesAsOthersWriteThemAreUnderstood(string setting, string error)
        => Read.Errors(Read.Head + "clusters: { c: { endpoints: [\"http://a\"], " + setting + " } }\nroutes: { r: { forward: c } }\n").ShouldBe([error]);

    [Fact]
    public void ASettingOfAPolicyIsNoPolicy()
        => Read.Errors(Read.Head + "routes: { r: { respond: 200, policies: [{ rules: [] }] } }\n").ShouldBe(["3:43: unknown-policy: there is no policy of kind 'rules' (that is 'sample: { rules: … }' here)"]);

    [Fact]
    public void ANameOfDnsIsShortForItsDiscovery()
    {
        var dns = Read.Valid(Read.Head + "clusters: { c: { discover: { dns: shop.internal } } }\nroutes: { r: { forward: c } }\n").Config!.Clusters["c"].Discover!.Dns!;
        dns.ShouldBe(new DnsDiscoveryConfig { Name = "shop.internal" });
        Read.Errors("version: 1\nlisteners: { w: { address: \":0\", protocol: tcp, forward: c } }\nclusters: { c: { discover: { dns: shop.internal } } }\n")
            .ShouldBe(["3:35: http-only: a tcp listener forwards to this cluster (scheme: tcp, or tls)"]);
    }

    [Theory]
    [InlineData("clusters: { orders: { servers: [\"http://a\"] } }\nroutes: { r: { forward: orders } }", "servers")]
    [InlineData("clusters: { orders: { endpoints: [\"http://a\"] } }\nroutes: { r: { forward: order } }", "dangling-name")]
    [InlineData("clusters: { orders: { endpoints: [\"http://a\"] } }\nroutes: { r: { proxy_pass: orders } }", "proxy_pass")]
    [InlineData("clusters: { orders: { endpoints: [\"http://${NOT_SET}:80\"] } }\nroutes: { r: { forward: orders } }", "unset-variable")]
    [InlineData("clusters: { orders: { endpoints: [{ url: \"http://${NOT_SET}\" }] } }\nroutes: { r: { forward: orders } }", "unset-variable")]
    [InlineData("clusters: { orders: { endpoints: [{ address: a, weight: 2 }] } }\nroutes: { r: { forward: orders } }", "address")]
    [InlineData("routes: { r: { match: { path: \"/${NOT_SET}\" }, respond: 200 } }", "unset-variable")]
    [InlineData("admin: { address: \"${NOT_SET}:1\" }", "unset-variable")]
    [InlineData("admin: { token: \"${NOT_SET}\" }", "unset-variable")]
    [InlineData("workers: \"${NOT_SET}\"", "unset-variable")]
    public void WhatOnlyFollowsFromAMistakeIsNotSaid(string text, string mistake)
        => Read.Text(Read.Head + text + "\n").Diagnostics.ShouldHaveSingleItem().ToString().ShouldContain(mistake);

    [Fact]
    public void KeysOfLaterVersionsAreUnknown()
        => Read.Errors("version: 1\nlisteners: { db: { address: \":1\", protocol: tcp } }\n").Length.ShouldBe(1);

    [Theory]
    [InlineData("workers: \"2\"", "3:10: wrong-type: '2' is not 'auto' or a number from 1 to 256 (without quotes it would be)")]
    [InlineData("workers: 257", "3:10: out-of-bounds: 257 is not from 1 to 256")]
    [InlineData("routes:", "3:8: wrong-type: must be a mapping of names, not nothing (write {} for none)")]
    [InlineData("routes: { r: { respond: 200, match: } }", "3:37: wrong-type: must be a mapping, not nothing (write {} for all defaults)")]
    [InlineData("routes: { r: { respond: [200] } }", "3:25: wrong-type: must be a mapping or a whole number, not a list (it takes status, headers, body, content-type)")]
    [InlineData("routes: { r: { respond: 200, priority: 99999999999 } }", "3:40: out-of-bounds: '99999999999' is too large a number")]
    [InlineData("routes: { r: { respond: 200, priority: 1.5 } }", "3:40: wrong-type: '1.5' is not a whole number")]
    [InlineData("routes: { r: { respond: 200, policies: { sample: {} } } }", "3:40: wrong-type: must be a list, not a mapping (write it as [ … ])")]
    [InlineData("routes: { r: { respond: 200, policies: [sampel] } }", "3:41: dangling-name: there is no policy 'sampel' (did you mean 'sample'?)")]
    [InlineData("routes: { r: { respond: 200, policies: [{ smple: {} }] } }", "3:43: unknown-policy: there is no policy of kind 'smple' (did you mean 'sample'?)")]
    [InlineData("routes: { r: { respond: 200, policies: [{ sample: {}, strict: { name: x } }] } }", "3:55: many-kinds: a policy has one kind, but this has 'sample' and 'strict' (make it two items of the list)")]
    [InlineData("routes: { r: { respond: 200, policies: [{ when: x }] } }", "3:41: missing-key: a policy needs a kind (one of sample, strict)")]
    [InlineData("routes: { r: { respond: 200, policies: [strict] } }", "3:41: missing-key: the policy 'strict' needs 'name'")]
    [InlineData("routes: { r: { respond: 200, policies: [{ sample: { share: 2 } }] } }", "3:60: out-of-bounds: '2' is not from 0 to 1")]
    [InlineData("clusters: { c: { endpoints: [\"http://a\"], panic-threshold: 50 } }", "3:60: wrong-type: '50' is not a percentage such as 20% or 0.5% (a percentage needs its sign: 50%)")]
    [InlineData("clusters: { c: { endpoints: [\"http://a\"], retry: { budget: 0.2 } } }", "3:60: wrong-type: '0.2' is not a percentage such as 20% or 0.5% (a percentage needs its sign: 0.2% or 20%?)")]
    [InlineData("clusters: { c: { endpoints: [\"http://a\"], panic-threshold: 101% } }", "3:60: out-of-bounds: '101%' is not from 0% to 100%")]
    [InlineData("routes: { r: { respond: 200, policies: [{ sample: { rules: [{}] } }] } }", "3:61: missing-key: 'pattern' is missing")]
    [InlineData("routes: { r: { respond: 200, policies: [{ sample: { mode: last-win } }] } }", "3:59: bad-choice: 'last-win' is not one of first-wins, last-wins (did you mean 'last-wins'?)")]
    public void WrongValueIsRefusedWithItsPlace(string line, string error) => Read.Errors(Read.Head + line + "\n").ShouldBe([error]);

    [Fact]
    public void ManyProblemsAreCutAndCounted()
    {
        var text = Read.Head + "routes:\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"  r{i}: {{ respond: 200, nope: 1 }}\n"));
        var errors = Read.Errors(text);
        errors.Length.ShouldBe(201);
        errors[^1].ShouldBe("too-many-problems: and 100 more");
        errors[0].ShouldStartWith("4:23: unknown-key");
    }

    [Fact]
    public void MapsKeepTheOrderOfTheFile()
        => Read.Valid(Read.Head + "routes: { z: { respond: 200 }, a: { respond: 200 }, m: { respond: 200 } }\n").Config!.Routes.Keys.ShouldBe(["z", "a", "m"]);
}
