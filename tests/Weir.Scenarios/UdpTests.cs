using System.Text.Json;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>A real DNS server behind a udp listener, asked by a real client.</summary>
public class UdpTests
{
    [NeedsFact("dnsmasq", "dig")]
    public async Task Dns_is_asked_through_weir_over_udp_and_over_tcp_where_an_answer_is_too_large()
    {
        using var folder = new TemporaryFolder();
        using var dns = new Dnsmasq();
        var asked = FreePort.Find();
        await dns.StartAsync(["--edns-packet-max=4096", "--address=/small.test/10.1.2.3", .. Enumerable.Range(0, 10).Select(static i => $"--txt-record=big.test,{new string((char)('a' + i), 200)}")]);
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 2
            listeners:
              dns: { address: "127.0.0.1:{{asked}}", protocol: udp, forward: resolvers, limits: { responses-per-request: 1 } }
              dns-tcp: { address: "127.0.0.1:{{asked}}", protocol: tcp, forward: resolvers-tcp }
            clusters:
              resolvers: { endpoints: ["udp://127.0.0.1:{{dns.Port}}"] }
              resolvers-tcp: { endpoints: ["tcp://127.0.0.1:{{dns.Port}}"] }
            """);
        var dig = $"dig @127.0.0.1 -p {asked} +tries=3 +time=5";
        (await Shell.RunAsync(folder.Path, $"{dig} +short small.test A")).Trim().ShouldBe("10.1.2.3");
        (await Shell.RunAsync(folder.Path, $"{dig} +noedns +ignore big.test TXT")).ShouldContain("flags: qr aa tc");
        var large = await Shell.RunAsync(folder.Path, $"{dig} +noedns big.test TXT");
        large.ShouldContain("Truncated, retrying in TCP mode");
        large.ShouldContain("ANSWER: 10");
        // With room for it, one datagram, cut into pieces by IP where they need be.
        (await Shell.RunAsync(folder.Path, $"{dig} +bufsize=4096 +ignore big.test TXT")).ShouldContain("ANSWER: 10");
        await Shell.RunAsync(folder.Path, $"for i in $(seq 1 200); do echo n$i.small.test A; done > names && {dig} +short -f names | sort | uniq -c > counts");
        (await File.ReadAllTextAsync(folder["counts"])).Trim().ShouldBe("200 10.1.2.3");

        await weir.WaitForOutputAsync("\"network.transport\":\"udp\"");
        using var line = JsonDocument.Parse(weir.Output.First(static l => l.Contains("\"udp\"")));
        line.RootElement.GetProperty("weir.listener").GetString().ShouldBe("dns");
        line.RootElement.GetProperty("weir.endpoint").GetString().ShouldBe($"udp://127.0.0.1:{dns.Port}");
        line.RootElement.GetProperty("weir.session_end").GetString().ShouldBe("answered");
        line.RootElement.GetProperty("weir.datagrams_received").GetInt64().ShouldBe(1);
        line.RootElement.GetProperty("weir.datagrams_sent").GetInt64().ShouldBe(1);
        line.RootElement.GetProperty("http.request.body.size").GetInt64().ShouldBeGreaterThan(20);
        line.RootElement.TryGetProperty("weir.refusal", out _).ShouldBeFalse();
        line.RootElement.TryGetProperty("url.scheme", out _).ShouldBeFalse();

        weir.Signal(WeirProcess.SigTerm);
        (await weir.WaitForExitAsync()).ShouldBe(0);
    }
}
