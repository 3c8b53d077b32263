using Weir.Config.Printing;

namespace Weir.Config.Tests.Printing;

public sealed class PrintTests
{
    // Long enough for a key of external account binding.
    private const string Token = "dG9rZW4tdG9rZW4tdG9rZW4";

    private const string Full = """
        version: 1
        workers: 3
        trusted-proxies: [10.0.0.0/8, "::1"]
        listeners: { web: ":0", lan: { address: "127.0.0.1:0", routes: [r], policies: [named], limits: { header: 512 } } }
        admin: { address: "127.0.0.1:0", token: { env: TOKEN } }
        policies: { named: { sample: { limit: 10/min, key: { env: TOKEN }, share: 0.25, big: 9000000000 }, when: "a == 'b'", mode: shadow } }
        defaults: { policies: [sample], timeouts: { first-byte: 1500ms }, limits: { body: 10MB } }
        routes:
          r: { match: { host: [a, "*.b"], path: ["/x", "~ ^/r(?<n>.*)$"], query: { q: { present: true }, "true": x } }, forward: { cluster: c, upgrade: false } }
          s: { respond: { body: "line\nline\t\"q\" \\ $${HOME} $${x} ${request.host} é 😀 \u2028 \u0085 #: x ", headers: { X-No: no, X-Null: "", X-Num: 0x10 } } }
          t: { redirect: { to: "https://h${request.target}" }, policies: [{ sample: { rules: [{ pattern: a, inner: { pattern: "- b" } }], remove: x } }, named] }
        state: /srv/weir
        acme: { email: ops@example.com, eab: { kid: k, hmac-key: { env: TOKEN } }, challenge: tls-alpn-01, key-type: rsa2048 }
        clusters: { c: { balancer: round-robin, connect-timeout: 90s, endpoints: ["unix:/run/x", { url: "http://[::1]:1", weight: 5 }] } }
        """;

    [Fact]
    public void PrintedConfigurationReadsAsTheSame()
    {
        var load = Read.Valid(Full, ("TOKEN", Token));
        // A policy's plain [Secret] string shows as ***, so it is set to that here.
        var yaml = ConfigPrinter.ToYaml(load.Config!).Replace("key: \"***\"", "key: " + Token, StringComparison.Ordinal);
        var json = ConfigPrinter.ToJson(load.Config!).Replace("\"key\": \"***\"", "\"key\": \"" + Token + "\"", StringComparison.Ordinal);
        Read.Valid(yaml, ("TOKEN", Token)).Digest.ShouldBe(load.Digest);
        Read.Valid(json, ("TOKEN", Token)).Digest.ShouldBe(load.Digest);
    }

    [Fact]
    public void PercentagesArePrintedWithTheirSign()
    {
        var load = Read.Valid(Read.Head + "clusters: { c: { endpoints: [\"http://a\"], breaker: { errors: 12.5% }, retry: { budget: 0 }, health: { probe: { path: /x } } } }\n");
        var yaml = ConfigPrinter.ToYaml(load.Config!);
        yaml.Split('\n').Select(static l => l.Trim()).Where(static l => l.EndsWith('%')).ShouldBe(["panic-threshold: 50%", "percent: 12.5%", "jitter: 20%", "success-rate: 30%", "max-ejected: 50%", "percent: 0%"], ignoreOrder: true);
        Read.Valid(yaml).Digest.ShouldBe(load.Digest);
        Read.Valid(ConfigPrinter.ToJson(load.Config!)).Digest.ShouldBe(load.Digest);
    }

    [Fact]
    public void EveryDefaultIsFilledIn()
        => ConfigPrinter.ToYaml(Read.Valid(Read.Head + "routes: { r: { respond: 204 } }\n").Config!).ShouldBe("""
            version: 1
            workers: auto
            zone: ""
            shutdown-timeout: 30s
            trusted-proxies: []
            listeners:
              web:
                address: ":0"
                protocol: http
                streams: []
                http2: true
                policies: []
                proxy-protocol: false
                limits:
                  connections: 100000
                  connections-per-address: 0
                  sessions: 20000
                  sessions-per-address: 0
                  requests-per-session: 0
                  responses-per-request: 0
                  handshakes: 1000
                  request-line: 8KiB
                  header: 32KiB
                  fields: 100
                  streams: 128
                  stream-window: 64KiB
                  requests-per-connection: 0
                timeouts:
                  handshake: 10s
                  header: 10s
                  keep-alive: 75s
                  stream-idle: 10m
                  session-idle: 1m
                  write: 30s
                  linger: 1s
                backlog: 4096
            policies: {}
            routes:
              r:
                match:
                  host: []
                  path: []
                  methods: []
                  headers: {}
                  query: {}
                  client: []
                priority: 0
                policies: []
                inherit: true
                respond:
                  status: 204
                  headers: {}
                  content-type: text/plain; charset=utf-8
                criticality: standard
                automatic-options: false
                timeouts: {}
                limits: {}
                websocket: {}
            clusters: {}
            defaults:
              policies: []
              timeouts:
                first-byte: 1m
                idle: 1m
                body-idle: 30s
                total: 0s
                tunnel: 1h
              limits:
                body: 10MiB
                body-rate: 240
                tunnels: 0
              websocket:
                ping: 0s
                pong: 10s
                to: client
            control:
              socket: auto
            state: auto
            acme:
              directory: "https://acme-v02.api.letsencrypt.org/directory"
              email: []
              challenge: auto
              key-type: p256
              renew-before: 30d
            telemetry:
              access-log:
                format: json
                to: stdout
                buffer: 8192
              metrics: true
              endpoint-metrics: 100
              log: info

            """);

    [Fact]
    public void PlainSecretIsNeverPrinted()
    {
        var config = Read.Valid(Read.Head + "admin: { address: \"127.0.0.1:0\", token: hunter2 }\npolicies: { p: { sample: { key: hunter2 } } }\n").Config!;
        ConfigPrinter.ToYaml(config).ShouldNotContain("hunter2");
        ConfigPrinter.ToJson(config).ShouldNotContain("hunter2");
    }

    [Fact]
    public void AnyTextComesBackAsItWas()
    {
        var random = new Random(7);
        const string Alphabet = "ab0 :#-?*&!|>'\"%@`{}[],\\\t\n\r~$/.=\u0001\u0085\u00a0\u2028\ufeffé😀nul";
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (text.Any(char.IsSurrogate)) continue;
            var config = Read.Valid(Read.Head + "routes: { r: { respond: 200 } }\n").Config!;
            var route = config.Routes["r"] with { Respond = new() { Body = text, Headers = new Dictionary<string, string> { ["x"] = text } } };
            config = config with { Routes = new Dictionary<string, Weir.Config.Records.RouteConfig> { ["r"] = route } };
            Read.Valid(ConfigPrinter.ToYaml(config)).Config!.Routes["r"].Respond!.Body.ShouldBe(text);
            Read.Valid(ConfigPrinter.ToJson(config)).Config!.Routes["r"].Respond!.Body.ShouldBe(text);
        }
    }
}
