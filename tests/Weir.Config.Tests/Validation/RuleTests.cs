namespace Weir.Config.Tests.Validation;

public sealed class RuleTests
{
    [Theory]
    [InlineData("version: 1", "1:1: no-listener: there is no listener (listeners: { web: { address: \":8080\" } })")]
    [InlineData("version: 1\nlisteners: {}", "2:1: no-listener: there is no listener")]
    [InlineData("version: 2\nlisteners: { w: \":0\" }", "1:10: out-of-bounds: '2' is not 1")]
    [InlineData("version: 1\nlisteners: { w: \"8080\" }", "2:17: bad-address: '8080' is not an address: a port alone is written ':8080' (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \"10.0.0.1\" }", "2:17: bad-address: '10.0.0.1' is not an address: the port is missing (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \"http://10.0.0.1:80\" }", "2:17: bad-address: 'http://10.0.0.1:80' is not an address: there is no scheme before it (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \"::1:80\" }", "2:17: bad-address: '::1:80' is not an address: an IPv6 address is written in brackets: [::1]:8080 (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \"010.0.0.1:80\" }", "2:17: bad-address: '010.0.0.1:80' is not an address: '010.0.0.1' is not an IP address (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \":70000\" }", "2:17: bad-address: ':70000' is not an address: '70000' is not a port from 0 to 65535 (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners: { w: \"unix:x\" }", "2:17: bad-address: 'unix:x' is not an address: the path of a unix socket starts with '/' (host:port, [v6]:port, :port or unix:/path)")]
    [InlineData("version: 1\nlisteners:\n  a: \":80\"\n  b: \"0.0.0.0:80\"", "4:6: duplicate-address: the address 0.0.0.0:80 is taken by 'listeners.a' (:80 and 0.0.0.0:80 overlap)")]
    [InlineData("version: 1\nlisteners:\n  a: \"127.0.0.1:80\"\n  b: \":80\"", "4:6: duplicate-address: the address :80 is taken by 'listeners.a' (127.0.0.1:80 and :80 overlap)")]
    [InlineData("version: 1\nlisteners:\n  a: \"0.0.0.0:80\"\n  b: \"[::1]:80\"\n  c: \"127.0.0.1:80\"", "5:6: duplicate-address: the address 127.0.0.1:80 is taken by 'listeners.a' (0.0.0.0:80 and 127.0.0.1:80 overlap)")]
    [InlineData("version: 1\nlisteners:\n  a: \"127.0.0.1:80\"\n  b: \"localhost:80\"", "4:6: duplicate-address: the address localhost:80 is taken by 'listeners.a'")]
    [InlineData("version: 1\nlisteners:\n  a: { address: \":80\", routes: [ordres] }\nroutes: { orders: { respond: 200 } }", "3:33: dangling-name: there is no route 'ordres' (did you mean 'orders'?)")]
    [InlineData("version: 1\nlisteners:\n  _a: \":80\"", "3:7: bad-name: '_a' is not a name (letters, digits, '.', '_' and '-', 128 at most, a letter or digit first)")]
    [InlineData("version: 1\nlisteners: { w: \":0\" }\nadmin: \"0.0.0.0:9900\"", "3:8: admin-token: the admin address 0.0.0.0:9900 can be reached from elsewhere and needs a token (admin: { token: { file: … } }, or listen on 127.0.0.1)")]
    public void ListenerRule(string text, string error) => Read.Errors(text + "\n").ShouldBe([error]);

    [Theory]
    [InlineData("r: {}", "4:3: no-action: the route 'r' does nothing (one of forward, split, respond and redirect)")]
    [InlineData("r: { respond: 200, redirect: /x }", "4:32: many-actions: a route has one action, but this has 'respond' and 'redirect'")]
    [InlineData("r: { redirect: { to: /x, status: 200 } }", "4:36: out-of-bounds: '200' is not a redirect's status (301, 302, 303, 307 or 308)")]
    [InlineData("r: { respond: 200, match: { methods: [GET, \"B D\"] } }", "4:46: bad-method: 'B D' is not a method")]
    [InlineData("r: { respond: 200, match: { methods: get } }", "4:40: bad-method: methods are case-sensitive: 'get' is not 'GET' (did you mean 'GET'?)")]
    [InlineData("r: { respond: 200, match: { headers: { \"a b\": x } } }", "4:49: bad-header: 'a b' is not a header field's name")]
    [InlineData("r: { respond: 200, match: { headers: { a: x, A: y } } }", "4:51: duplicate-key: 'A' is given twice (field names do not differ by case)")]
    [InlineData("r: { respond: 200, match: { query: { a: { exact: x, prefix: y } } } }", "4:40: bad-match: exactly one of exact, prefix, regex and present")]
    [InlineData("r: { respond: 200, match: { client: 10.0.0.1/8 } }", "4:39: bad-network: '10.0.0.1/8' has bits set beyond its prefix; the block is 10.0.0.0/8")]
    [InlineData("r: { respond: 200, match: { client: [10.0.0.0/8, fe80::/10, 10.1] } }", "4:63: bad-network: '10.1' is not an address or CIDR block")]
    [InlineData("r: { respond: 200, retry: 2 }", "4:29: unused-retry: only a route that forwards has something to try again")]
    public void RouteRule(string route, string error) => Read.Errors(Read.Head + "routes:\n  " + route + "\n").ShouldBe([error]);

    [Theory]
    [InlineData("{ arms: { a: { weight: 1, forward: c } } }", "bad-split: a split has 2 to 64 arms")]
    [InlineData("{ arms: { a: { forward: c }, b: { forward: c } } }", "no-weight: all arms have weight 0: requests would go nowhere (weight: 1)")]
    [InlineData("{ by: header, arms: { a: { weight: 1, forward: c }, b: { forward: c } } }", "no-name: it is not said by which header field, cookie or query parameter (name: …)")]
    [InlineData("{ arms: { a: { weight: 90%, forward: c }, b: { forward: c } } }", "wrong-type: '90%' is not a whole number (a number without a sign: 90)")]
    [InlineData("{}", "missing-key: 'arms' is missing")]
    [InlineData("[c]", "wrong-type: must be a mapping, not a list (arms: { stable: { weight: 90, forward: CLUSTER }, canary: { weight: 10, forward: CLUSTER } })")]
    [InlineData("{ arms: { a: { weight: 1, forward: c }, b: { forward: \"http://a\" } } }", "dangling-name: there is no cluster 'http://a' (the name of a cluster, which lists this under 'endpoints')")]
    [InlineData("{ arms: { a: { weight: 1, forward: c }, b: { forward: d } } }", "dangling-name: there is no cluster 'd' (did you mean 'c'?)")]
    [InlineData("{ arms: { a: { weight: 1, forward: c }, b: {} } }", "missing-key: 'forward' is missing")]
    [InlineData("{ seed: x, sticky: { keys: 0123456789abcdef }, arms: { a: { weight: 1, forward: c }, b: { forward: c } } }", "two-keys: a slot is either drawn and kept by a cookie of Weir's, or hashed (leave 'by' and 'seed' out)")]
    [InlineData("{ sticky: { keys: short }, arms: { a: { weight: 1, forward: c }, b: { forward: c } } }", "weak-key: a key has at least 16 bytes (openssl rand -hex 32)")]
    public void SplitRule(string split, string error)
        => Read.Errors(Read.Head + "routes:\n  r: { split: " + split + " }\nclusters: { c: { endpoints: [\"http://a\"] } }\n").ShouldHaveSingleItem().ShouldEndWith(": " + error);

    [Fact]
    public void A_route_that_is_split_forwards_and_may_try_again()
        => Read.Errors(Read.Head + "routes:\n  r: { retry: 3, split: { arms: { a: { weight: 1, forward: c }, b: { forward: c } } } }\nclusters: { c: { endpoints: [\"http://a\"] } }\n").ShouldBeEmpty();

    [Theory]
    [InlineData("forward: { cluster: c, mirror: {} }", "missing-key: 'cluster' is missing")]
    [InlineData("forward: { cluster: c, mirror: d }", "dangling-name: there is no cluster 'd' (did you mean 'c'?)")]
    [InlineData("forward: { cluster: c, mirror: c }", "same-cluster: warning: 'c' gets the requests themselves too: its endpoints would see some twice (a cluster of its own, or a subset)")]
    [InlineData("forward: { cluster: c, mirror: { cluster: s, subset: { v: 2 } } }", "empty-subset: warning: no endpoint of 's' has these labels: requests would be answered 503 (labels: of the endpoints)")]
    [InlineData("forward: { cluster: c, mirror: { cluster: s, share: 101% } }", "out-of-bounds: '101%' is not from 0% to 100%")]
    [InlineData("forward: { cluster: c, mirror: { cluster: s, window: 100 } }", "out-of-bounds: '100' is not from 1KiB to 64MiB")]
    [InlineData("forward: { cluster: c, mirror: { cluster: s, compare: { status: false, body: false } } }", "no-effect: nothing would be compared (status, headers or body)")]
    [InlineData("forward: { cluster: c, mirror: { cluster: s, compare: { headers: [a, A] } } }", "duplicate-key: 'A' is given twice (field names do not differ by case)")]
    [InlineData("forward: c, fallback: { forward: { cluster: s, mirror: s } }", "no-place: a request is copied once, when it is first forwarded (give the mirror to the route's forward)")]
    public void MirrorRule(string route, string error)
        => Read.Text(Read.Head + "routes:\n  r: { " + route + " }\n  s: { match: { path: /s }, forward: s }\nclusters: { c: { endpoints: [\"http://a\"] }, s: { endpoints: [\"http://b\"] } }\n")
            .Diagnostics.Select(static d => d.ToString()).ShouldContain(d => d.EndsWith(": " + error, StringComparison.Ordinal));

    [Theory]
    [InlineData("{ endpoints: [\"http://a\"], balancer: hash, hash: header }", "4:55: no-name: the name of the header field is missing (name: …)")]
    [InlineData("{ endpoints: [\"http://a\"], balancer: hash, hash: { name: x } }", "4:63: no-place: the client's address has no name (by: header, cookie or query)")]
    [InlineData("{ endpoints: [\"http://a\"], balancer: hash, hash: { by: cookie, name: \"a b\" } }", "4:75: bad-name: 'a b' is not the name of a cookie")]
    [InlineData("{ endpoints: [\"http://a\"], balancer: hash, hash: { max-load: 2 } }", "4:67: ring-only: 'max-load' is for rings (table: ring)")]
    [InlineData("{ endpoints: [\"http://a\"], balancer: hash, hash: { table: ring, max-load: 0.5 } }", "4:80: too-small: not everyone can have less than the mean: 'max-load' is above 1 (1.25)")]
    [InlineData("{ endpoints: [\"http://a\"], sticky: {} }", "4:41: missing-key: 'keys' is missing")]
    [InlineData("{ endpoints: [\"http://a\"], sticky: { keys: [] } }", "4:43: no-key: a key is needed to sign with (openssl rand -hex 32)")]
    [InlineData("{ endpoints: [\"http://a\"], sticky: { keys: [0123456789abcdef, short] } }", "4:68: weak-key: a key has at least 16 bytes (openssl rand -hex 32)")]
    [InlineData("{ endpoints: [\"http://a\"], sticky: { cookie: \"a;b\", keys: 0123456789abcdef } }", "4:51: bad-name: 'a;b' is not the name of a cookie")]
    [InlineData("{ endpoints: [\"http://a\"], sticky: { path: \"/;x\", keys: 0123456789abcdef } }", "4:49: bad-path: '/;x' is not the path of a cookie (/)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: healthz } }", "4:50: bad-path: 'healthz' is not a path with a query (/healthz)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { path: \"/a b\" } } }", "4:58: bad-path: '/a b' is not a path with a query (/healthz)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { method: \"G T\" } } }", "4:60: bad-method: 'G T' is not a method")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { headers: { \"a b\": x } } } }", "4:70: bad-header: 'a b' is not a header field's name")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { status: [200, 2xx] } } }", "4:66: bad-status: '2xx' is neither a status nor a range of them (200-399)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { status: 399-200 } } }", "4:60: bad-status: '399-200' is neither a status nor a range of them (200-399)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { body: { contains: a, regex: b } } } }", "4:52: bad-match: exactly one of contains and regex")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { host: a/b } } }", "4:58: bad-host: 'a/b' is not a host (name or name:port)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { interval: 1s, timeout: 2s } } }", "4:75: too-large: a probe is over before the next one begins: 'timeout' is at most 'interval'")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { type: tcp, path: /x } } }", "4:69: http-only: 'path' is for probes by HTTP or gRPC, and this one only connects (type: http)")]
    [InlineData("{ endpoints: [\"unix:/x\"], health: { probe: { port: 80 } } }", "4:57: unix-endpoint: an endpoint that is a unix socket has no port (take 'port' away)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { outliers: { max-ejection: 5s } } }", "4:69: too-small: the longest ejection cannot be shorter than the first (ejection: …)")]
    [InlineData("{ endpoints: [] }", "4:8: no-endpoint: a cluster needs an endpoint")]
    [InlineData("{ }", "4:3: missing-key: 'endpoints' is missing (or 'discover', which finds them)")]
    [InlineData("{ discover: {} }", "4:8: missing-key: endpoints are found in one way (one of dns, file, api)")]
    [InlineData("{ discover: { api: {}, file: x } }", "4:8: many-kinds: endpoints are found in one way (one of dns, file, api)")]
    [InlineData("{ discover: { dns: \"a.example:81\" } }", "4:25: bad-name: 'a.example:81' is not a name of DNS ({ name: a.example, port: 81 })")]
    [InlineData("{ endpoints: [\"http://a\"], balancer: least_conn }", "4:43: bad-choice: 'least_conn' is not one of power-of-two, least-requests, round-robin, random, hash, least-time (that is 'least-requests' here)")]
    [InlineData("{ discover: { file: \"\" } }", "4:26: no-name: the path of the file is missing")]
    [InlineData("{ discover: { dns: {} } }", "4:25: missing-key: 'name' is missing")]
    [InlineData("{ discover: { dns: { name: 10.0.0.1 } } }", "4:33: bad-name: '10.0.0.1' is not a name of DNS")]
    [InlineData("{ discover: { dns: { name: a..b } } }", "4:33: bad-name: 'a..b' is not a name of DNS")]
    [InlineData("{ discover: { dns: { name: a, type: srv, port: 80 } } }", "4:53: no-place: SRV records say the port themselves (take 'port' away)")]
    [InlineData("{ discover: { dns: { name: a, min-ttl: 1m, max-ttl: 5s } } }", "4:45: too-large: 'min-ttl' is above 'max-ttl'")]
    [InlineData("{ discover: { dns: { name: a, servers: [10.0.0.1, \"10.0.0.1:0\"] } } }", "4:56: bad-address: '10.0.0.1:0' is not the address of a server (10.0.0.2, 10.0.0.2:5353 or [fd00::2]:5353)")]
    [InlineData("{ discover: { dns: { name: a, port: 1, scheme: tcp } } }", "4:53: tcp-only: routes forward HTTP (scheme: http, or https)")]
    [InlineData("{ discover: { dns: { name: a, port: 1, scheme: udp } } }", "4:53: udp-only: routes or tcp listeners forward to this cluster (scheme: http for routes, tcp for tcp listeners)")]
    [InlineData("{ endpoints: [\"https://a:1/x\"] }", "4:20: bad-url: 'https://a:1/x': an endpoint takes no path (https://a:1; the policy 'rewrite' changes paths)")]
    [InlineData("{ endpoints: [\"HTTPS://a:1\"] }", "4:20: bad-url: 'HTTPS://a:1': an endpoint is written http://host:port, https://host:port or unix:/path; for tcp listeners tcp://host:port or tls://host:port, for udp listeners udp://host:port")]
    [InlineData("{ endpoints: [\"a:1\"] }", "4:20: bad-url: 'a:1': an endpoint is written http://host:port, https://host:port or unix:/path; for tcp listeners tcp://host:port or tls://host:port, for udp listeners udp://host:port (http://a:1)")]
    [InlineData("{ endpoints: [\"http://a:1/x\"] }", "4:20: bad-url: 'http://a:1/x': an endpoint takes no path (http://a:1; the policy 'rewrite' changes paths)")]
    [InlineData("{ endpoints: [\"http://u@a:1\"] }", "4:20: bad-url: 'http://u@a:1': an endpoint takes no user name or password")]
    [InlineData("{ endpoints: [\"http://a:0\"] }", "4:20: bad-url: 'http://a:0': '0' is not a port from 1 to 65535")]
    [InlineData("{ endpoints: [\"http://:80\"] }", "4:20: bad-url: 'http://:80': the host is missing")]
    [InlineData("{ endpoints: [\"http://[::1\"] }", "4:20: bad-url: 'http://[::1': '[::1' is not a host name or IP address")]
    [InlineData("{ endpoints: [\"http://1.2.3:1\"] }", "4:20: bad-url: 'http://1.2.3:1': '1.2.3' is not a host name or IP address")]
    [InlineData("{ endpoints: [\"http://a\", \"http://A:80\"] }", "4:32: duplicate-endpoint: 'http://A:80' is the same endpoint as number 1 of this list (use weight)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { on: [reset, 503, 5xx, gateway-error, 200] } }", "4:79: bad-condition: '200' is nothing to retry on (connect-failure, refused-stream, reset, timeout, gateway-error, 5xx, or a status from 400 to 599)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { on: resets } }", "4:46: bad-condition: 'resets' is nothing to retry on (connect-failure, refused-stream, reset, timeout, gateway-error, 5xx, or a status from 400 to 599)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { methods: [GET, CONNECT] } }", "4:57: bad-method: 'CONNECT' cannot be sent again")]
    [InlineData("{ endpoints: [\"http://a\"], health: { outliers: { latency: 0.5 } } }", "4:64: too-small: half of all endpoints take longer than the median: so many times that, and more than once (3)")]
    [InlineData("{ endpoints: [\"http://a\"], health: { probe: { method: HEAD, body: ok } } }", "4:72: no-body: an answer to HEAD has no body (method: GET)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { methods: [get] } }", "4:52: bad-method: methods are case-sensitive: 'get' is not 'GET' (did you mean 'GET'?)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { backoff: 1s } }", "4:51: bad-backoff: 'base' is longer than 'max'")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { hedge: {} } }", "4:42: no-hedge: when is not said (after, percentile, or both)")]
    [InlineData("{ endpoints: [\"http://a\"], retry: { attempts: 1, hedge: 10ms } }", "4:62: no-hedge: a second attempt is more than 'attempts' allows (attempts: 2, or more)")]
    public void ClusterRule(string cluster, string error)
        => Read.Errors(Read.Head + "clusters:\n  c: " + cluster + "\nroutes: { r: { forward: c } }\n").ShouldBe([error]);

    [Theory]
    [InlineData("directory: ca.example/dir", "3:20: bad-url: 'ca.example/dir': a directory is written https://host/path")]
    [InlineData("directory: \"http://ca.example/dir\"", "3:20: bad-url: 'http://ca.example/dir': without TLS anyone on the way could answer; write https://")]
    [InlineData("directory: \"https://u:p@ca.example/dir\"", "3:20: bad-url: 'https://u:p@ca.example/dir': a directory takes no user name or password")]
    [InlineData("email: ops", "3:16: bad-email: 'ops' is not an address for mail (ops@example.com)")]
    [InlineData("email: [a@b.example, \"a@b.example?subject=x\"]", "3:30: bad-email: 'a@b.example?subject=x' is not an address for mail (ops@example.com)")]
    [InlineData("eab: { kid: k }", "3:14: missing-key: 'hmac-key' is missing")]
    [InlineData("eab: { hmac-key: AAAAAAAAAAAAAAAAAAAAAAAAAAAA }", "3:14: missing-key: 'kid' is missing")]
    [InlineData("eab: { kid: k, hmac-key: \"hunter+2\" }", "3:34: bad-key: the key is not 16 bytes or more in base64url (as the authority gave it, without padding)")]
    [InlineData("challenge: dns-01", "3:20: bad-choice: 'dns-01' is not one of auto, http-01, tls-alpn-01")]
    [InlineData("renew-before: 5m", "3:23: out-of-bounds: '5m' is not from 1h to 365d")]
    [InlineData("ca: /dev/null", "3:13: bad-certificate: there is no certificate in /dev/null (PEM: -----BEGIN CERTIFICATE-----)")]
    public void AuthorityRule(string acme, string error) => Read.Errors(Read.Head + "acme: { " + acme + " }\n").ShouldBe([error]);

    [Theory]
    [InlineData("directory: \"http://127.0.0.1:14000/dir\"")]
    [InlineData("directory: \"http://localhost/dir\"")]
    [InlineData("directory: \"https://acme.zerossl.com/v2/DV90\"")]
    public void AuthorityIsTaken(string acme) => Read.Errors(Read.Head + "acme: { " + acme + " }\n").ShouldBeEmpty();

    [Theory]
    [InlineData("Example.COM", "example.com", "")]
    [InlineData("192.0.2.1", "192.0.2.1", "")]
    [InlineData("2001:DB8::0:1", "2001:db8::1", "")]
    [InlineData("*.example.com", null, "a wildcard is proven by DNS alone, which is not supported; name the hosts")]
    [InlineData("bücher.example", null, "write it in punycode (xn--…)")]
    [InlineData("a..b", null, "it is not a host name")]
    [InlineData("../etc", null, "it is not a host name")]
    [InlineData("1.2.3", null, "it is neither a host name nor an IP address")]
    public void CertificatesAreOrderedForHostsAndAddresses(string text, string? canonical, string reason)
    {
        Weir.Config.Records.CertificateName.TryParse(text, out var name, out var why).ShouldBe(canonical is not null);
        why.ShouldBe(reason);
        if (canonical is not null) name.ShouldBe(canonical);
    }

    [Theory]
    [InlineData("udp://10.0.0.1:53", "probe: { }", "3:28: no-port: an endpoint of UDP cannot be asked whether it serves; a port of TCP beside it can (port: …)")]
    [InlineData("udp://10.0.0.1:53", "probe: /x", "3:35: http-only: a path is for probes by HTTP, and this one only connects (type: http)|3:35: no-port: an endpoint of UDP cannot be asked whether it serves; a port of TCP beside it can (port: …)")]
    [InlineData("udp://10.0.0.1:53", "probe: { type: http, path: /x, port: 80 }", "")]
    public void DatagramsAreNotProbed(string url, string health, string errors)
        => Read.Errors("version: 1\nlisteners: { w: { address: \":0\", protocol: udp, forward: c } }\nclusters: { c: { health: { " + health + " }, endpoints: [\"" + url + "\"] } }\n")
            .ShouldBe(errors.Length == 0 ? [] : errors.Split('|'), ignoreOrder: true);

    [Fact]
    public void WhatIsNotUsedIsAWarning()
        => Read.Warnings(Read.Head + "clusters: { c: { endpoints: [{ url: \"http://a\", weight: 0 }] } }\npolicies: { p: { sample: {} } }\n").ShouldBe([
            "3:13: unused-cluster: warning: nothing forwards to 'c'",
            "3:18: no-weight: warning: all endpoints have weight 0: the cluster takes no request",
            "4:13: unused-policy: warning: no list of policies names 'p'",
        ]);

    [Theory]
    [InlineData("http://a", "http://a:80")]
    [InlineData("http://[::1]:81", "http://[::1]:81")]
    [InlineData("http://[::1]", "http://[::1]:80")]
    [InlineData("http://Origin-1.example_x:8080", "http://origin-1.example_x:8080")]
    [InlineData("unix:/run/app.sock", "unix:/run/app.sock")]
    public void EndpointAddressesAreRead(string text, string shown)
    {
        Weir.Config.Records.EndpointAddress.TryParse(text, out var address, out _).ShouldBeTrue();
        address.ToString().ShouldBe(shown);
    }
}
