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
        var folder = Directory.CreateTempSubdirectory("weir-dns-").FullName;
        var (port, asked) = (FreePort.Find(), FreePort.Find());
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] texts = [.. Enumerable.Range(0, 10).Select(static i => $"--txt-record=big.test,{new string((char)('a' + i), 200)}")];
        using var server = Shell.Start(folder, line => { if (line.Contains("started, version")) listens.TrySetResult(); },
            "dnsmasq", ["--keep-in-foreground", "--log-facility=-", "--no-resolv", "--no-hosts", "--pid-file=", "--conf-file=/dev/null", $"--user={Environment.UserName}",
                $"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--edns-packet-max=4096", "--address=/small.test/10.1.2.3", .. texts]);
        try
        {
            await listens.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await using var weir = await WeirProcess.StartAsync($$"""
                version: 1
                workers: 2
                listeners:
                  dns: { address: "127.0.0.1:{{asked}}", protocol: udp, forward: resolvers, limits: { responses-per-request: 1 } }
                  dns-tcp: { address: "127.0.0.1:{{asked}}", protocol: tcp, forward: resolvers-tcp }
                clusters:
                  resolvers: { endpoints: ["udp://127.0.0.1:{{port}}"] }
                  resolvers-tcp: { endpoints: ["tcp://127.0.0.1:{{port}}"] }
                """);
            var dig = $"dig @127.0.0.1 -p {asked} +tries=3 +time=5";
            (await Shell.RunAsync(folder, $"{dig} +short small.test A")).Trim().ShouldBe("10.1.2.3");
            (await Shell.RunAsync(folder, $"{dig} +noedns +ignore big.test TXT")).ShouldContain("flags: qr aa tc");
            var large = await Shell.RunAsync(folder, $"{dig} +noedns big.test TXT");
            large.ShouldContain("Truncated, retrying in TCP mode");
            large.ShouldContain("ANSWER: 10");
            // With room for it, one datagram, cut into pieces by IP where they need be.
            (await Shell.RunAsync(folder, $"{dig} +bufsize=4096 +ignore big.test TXT")).ShouldContain("ANSWER: 10");
            await Shell.RunAsync(folder, $"for i in $(seq 1 200); do echo n$i.small.test A; done > names && {dig} +short -f names | sort | uniq -c > counts");
            (await File.ReadAllTextAsync(Path.Combine(folder, "counts"))).Trim().ShouldBe("200 10.1.2.3");

            await weir.WaitForOutputAsync("\"network.transport\":\"udp\"");
            using var line = JsonDocument.Parse(weir.Output.First(static l => l.Contains("\"udp\"")));
            line.RootElement.GetProperty("weir.listener").GetString().ShouldBe("dns");
            line.RootElement.GetProperty("weir.endpoint").GetString().ShouldBe($"udp://127.0.0.1:{port}");
            line.RootElement.GetProperty("weir.session_end").GetString().ShouldBe("answered");
            line.RootElement.GetProperty("weir.datagrams_received").GetInt64().ShouldBe(1);
            line.RootElement.GetProperty("weir.datagrams_sent").GetInt64().ShouldBe(1);
            line.RootElement.GetProperty("http.request.body.size").GetInt64().ShouldBeGreaterThan(20);
            line.RootElement.TryGetProperty("weir.refusal", out _).ShouldBeFalse();
            line.RootElement.TryGetProperty("url.scheme", out _).ShouldBeFalse();

            weir.Signal(WeirProcess.SigTerm);
            (await weir.WaitForExitAsync()).ShouldBe(0);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
