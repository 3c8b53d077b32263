using System.Net;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>Whom a copy says to be from, when the client's connection may be gone already.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_has_the_clients_certificate_and_nothing_that_a_client_wrote_in_its_place(bool hasCertificate)
    {
        using var files = new Certificates();
        using var authority = new Authority(files);
        using var alice = authority.Issue(["alice.test"]);
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await MirrorSite.StartAsync(origin.Url, shadow.Url,
            listener: $"tls: {{ certificates: [{files.Make("a", ["a.test"])}], client-auth: {{ ca: \"{authority.File}\", mode: optional, forward: true }} }}");
        using (var client = hasCertificate ? await TlsClient.ConnectAsync(site.Gateway, "a.test", alice, []) : await TlsClient.ConnectAsync(site.Gateway, "a.test"))
            (await client.AskAsync("GET / HTTP/1.1\r\nHost: a.test\r\nClient-Cert: :Zm9v:\r\nClient-Cert-Chain: :Zm9v:\r\n\r\n")).ShouldContain("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        shadow.Received.Split("\r\n").Order().ShouldBe(origin.Received.Split("\r\n").Append("X-Weir-Mirror: all").Order());
        shadow.Received.ShouldContain("X-Forwarded-Proto: https\r\n");
        var shown = shadow.Received.Split("\r\n").Where(static l => l.StartsWith("Client-Cert", StringComparison.OrdinalIgnoreCase));
        shown.ShouldBe(hasCertificate ? [$"Client-Cert: :{Convert.ToBase64String(alice.RawData)}:"] : []);
    }

    [Fact]
    public async Task A_mirror_that_is_told_of_clients_by_its_connections_has_one_for_each_copy()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n");
            while (true)
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var site = await MirrorSite.StartAsync(origin.Url, shadow.Url, shadowCluster: "proxy-protocol: v1");
        using var client = await site.Gateway.ConnectAsync();
        for (var i = 0; i < 2; i++) (await client.AskAsync(MirrorSite.Get)).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered, 2);
        var port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port;
        foreach (var connection in shadow.Connections) connection.Received.ShouldStartWith($"PROXY TCP4 127.0.0.1 127.0.0.1 {port} ");
        shadow.Connections.Count.ShouldBe(2);
        await TestGateway.EventuallyAsync(() => site.Gateway.Gateway.Current!.Clusters["shadow"].Endpoints[0].State.Connections == 0);
    }

    [Fact]
    public async Task A_request_of_http_1_0_without_a_host_is_copied_too()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await MirrorSite.StartAsync(origin.Url, shadow.Url, "host: mirror.internal");
        using var client = await site.Gateway.ConnectAsync();
        (await client.AskAsync("GET / HTTP/1.0\r\n\r\n")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        shadow.Received.ShouldContain("Host: mirror.internal\r\n");
    }
}
