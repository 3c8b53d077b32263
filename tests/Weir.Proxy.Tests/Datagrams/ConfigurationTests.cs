using Weir.Config;
using Weir.Config.Printing;
using Weir.Proxy.Inspection;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>What a udp listener and its cluster may say.</summary>
public sealed class ConfigurationTests
{
    private const string Listener = "dns: { address: \"127.0.0.1:0\", protocol: udp, forward: c";
    private const string Cluster = "clusters: { c: { endpoints: [\"udp://127.0.0.1:53\"] } }";

    [Theory]
    [InlineData("dns: { address: \"127.0.0.1:0\", protocol: udp }", Cluster, "no-forward")]
    [InlineData("dns: { address: \"127.0.0.1:0\", protocol: udp, forward: d }", Cluster, "dangling-name")]
    [InlineData("dns: { address: \"unix:/tmp/x\", protocol: udp, forward: c }", Cluster, "not-datagram")]
    [InlineData(Listener + ", routes: [] }", Cluster, "http-only")]
    [InlineData(Listener + ", policies: [{ delay: 1ms }] }", Cluster, "http-only")]
    [InlineData(Listener + ", tls: { certificates: [{ cert: a, key: b }] } }", Cluster, "not-datagram")]
    [InlineData(Listener + ", streams: [{ sni: a, forward: c }] }", Cluster, "not-datagram")]
    [InlineData(Listener + ", trusted-proxies: [10.0.0.0/8], proxy-protocol: true }", Cluster, "not-datagram")]
    [InlineData(Listener + ", limits: { connections: 5 } }", Cluster, "not-datagram")]
    [InlineData(Listener + ", timeouts: { stream-idle: 5s } }", Cluster, "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"http://127.0.0.1:53\"] } }", "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"tcp://127.0.0.1:53\"] } }", "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"unix:/tmp/x\"] } }", "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"udp://127.0.0.1:53\"], pool: { connections: 5 } } }", "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"udp://127.0.0.1:53\"], connect-timeout: 1s } }", "not-datagram")]
    [InlineData(Listener + " }", "clusters: { c: { endpoints: [\"udp://127.0.0.1:53\"], proxy-protocol: v2 } }", "not-datagram")]
    [InlineData("db: { address: \"127.0.0.1:0\", protocol: tcp, forward: c }", Cluster, "udp-only")]
    [InlineData(Listener + " }, db: { address: \"127.0.0.1:0\", protocol: tcp, forward: c }", Cluster, "two-uses")]
    [InlineData("web: { address: \"127.0.0.1:0\" } }\nroutes: { all: { forward: c }", Cluster, "udp-only")]
    [InlineData(Listener + " }, more: { address: \"127.0.0.1:5353\", protocol: udp, forward: c }, less: { address: \":5353\", protocol: udp, forward: c }", Cluster, "duplicate-address")]
    public async Task A_mistake_is_named_with_its_place_and_a_remedy(string listeners, string clusters, string code)
    {
        var load = ConfigReader.LoadText($"version: 1\nlisteners: {{ {listeners} }}\n{clusters}\n", Weir.Policies.BuiltInPolicies.All);
        await using var trial = ConfigTrial.Of(load, Weir.Policies.BuiltInPolicies.All, static _ => []);
        var found = trial.Diagnostics.Where(d => d.Code == code && d.IsError && d.Hint?.Length > 0).ToList();
        found.ShouldNotBeEmpty(string.Join('\n', trial.Diagnostics.Select(static d => d.ToString())));
        found[0].Line.ShouldBeInRange(2, 3 + listeners.Count(static c => c == '\n'));
    }

    [Fact]
    public void What_is_printed_is_taken()
    {
        var factories = Weir.Policies.BuiltInPolicies.All;
        var load = ConfigReader.LoadText(DatagramGateway.Yaml("udp://127.0.0.1:53", "limits: { sessions: 5, responses-per-request: 1 }", "balancer: hash", "127.0.0.1:5353"), factories);
        load.Diagnostics.ShouldBeEmpty();
        var printed = ConfigPrinter.ToYaml(load.Config!);
        printed.ShouldContain("session-idle: 1m");
        var again = ConfigReader.LoadText(printed, factories);
        again.Diagnostics.Where(static d => d.IsError).Select(static d => d.ToString()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Udp_beside_a_route_on_the_same_port_is_no_conflict()
    {
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" }, dns: { address: "127.0.0.1:0", protocol: udp, forward: c } }
            routes: { all: { respond: 200 } }
            clusters: { c: { endpoints: ["udp://localhost:53"] } }
            """);
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
    }
}
