using System.Net;
using System.Net.Sockets;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>What reloads and a stop leave of sessions.</summary>
public sealed class ReloadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_session_goes_on_with_its_endpoint_as_long_as_that_is_there(int loops)
    {
        await using var first = new UdpOrigin(static _ => ["1"u8.ToArray()]);
        await using var second = new UdpOrigin(static _ => ["2"u8.ToArray()]);
        await using var gateway = await DatagramGateway.StartAsync(first.Url, loops: loops, logs: true, address: DatagramGateway.FreeAddress());
        using var old = UdpClient.Of(gateway);
        (await old.AskAsync("a")).ShouldBe("1");

        // It takes no new ones, but is still there.
        (await gateway.ApplyAsync($$"""
            version: 1
            listeners: { other-name: { address: "{{gateway.Address("dns")}}", protocol: udp, forward: resolvers } }
            clusters: { resolvers: { endpoints: [{ url: "{{first.Url}}", weight: 0 }, "{{second.Url}}"] } }
            """)).IsApplied.ShouldBeTrue();
        gateway.Gateway.Addresses.Keys.ShouldBe(["other-name"]);
        using var fresh = UdpClient.Of(gateway, "other-name");
        (await fresh.AskAsync("a")).ShouldBe("2");
        (await old.AskAsync("a")).ShouldBe("1");
        first.Senders.Count.ShouldBe(1);

        (await gateway.ApplyAsync(DatagramGateway.Yaml(second.Url, address: gateway.Address("other-name")))).IsApplied.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.Sessions() == 1);
        (await old.AskAsync("a")).ShouldBe("2");
        (await fresh.AskAsync("a")).ShouldBe("2");
        var ended = gateway.Gateway.Loops.Single(static l => !System.Runtime.CompilerServices.Unsafe.IsNullRef(ref l.Log.Peek()));
        ended.Log.Peek().SessionEnd.ShouldBe(SessionEnd.EndpointRemoved);
        ended.Log.Peek().Endpoint.ShouldBe(first.Url);
    }

    [Fact]
    public async Task No_datagram_is_lost_over_a_reload()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, loops: 2);
        var yaml = DatagramGateway.Yaml(origin.Url, "timeouts: { session-idle: 30s }");
        using var client = UdpClient.Of(gateway);
        var asking = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++) (await client.AskAsync($"{i}")).ShouldBe($"{i}");
        });
        for (var i = 0; i < 10; i++) (await gateway.ApplyAsync(yaml)).IsApplied.ShouldBeTrue();
        await asking;
        origin.Senders.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_listener_that_went_takes_its_sessions_along_and_frees_its_address()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, loops: 2, logs: true);
        var address = gateway.Address("dns");
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        (await gateway.ApplyAsync(DatagramGateway.Yaml(origin.Url, address: "127.0.0.3:0"))).IsApplied.ShouldBeTrue();
        await gateway.IsEmptyAsync();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(IPEndPoint.Parse(address));
        gateway.Gateway.Loops.Sum(static l => System.Runtime.CompilerServices.Unsafe.IsNullRef(ref l.Log.Peek()) ? 0 : (int)l.Log.Peek().SessionEnd).ShouldBe((int)SessionEnd.ListenerRemoved);
    }

    [Fact]
    public async Task All_addresses_give_way_to_one_of_them_and_a_second_instance_does_not_join()
    {
        await using var origin = new UdpOrigin();
        var port = IPEndPoint.Parse(DatagramGateway.FreeAddress()).Port;
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, loops: 2, address: $"0.0.0.0:{port}");
        (await gateway.ApplyAsync(DatagramGateway.Yaml(origin.Url, address: $"127.0.0.1:{port}"))).Diagnostics.ShouldBeEmpty();
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        await using var second = await DatagramGateway.StartAsync(origin.Url, loops: 2);
        var result = await second.ApplyAsync(DatagramGateway.Yaml(origin.Url, address: $"127.0.0.1:{port}"));
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.Single().Text.ShouldContain("cannot-listen");
    }

    [Fact]
    public async Task A_stop_lets_sessions_go_on_until_they_fall_silent_and_begins_no_new_one()
    {
        var clock = new ShiftedClock();
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, loops: 1, time: clock, logs: true);
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        var drain = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(600));
        using var late = UdpClient.Of(gateway);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops[0].Draining);
        await gateway.Gateway.Loops[0].RunAsync(static _ => { });
        await late.SendAsync("late");
        (await client.AskAsync("b")).ShouldBe("b");
        drain.IsCompleted.ShouldBeFalse();
        gateway.Advance(clock, TimeSpan.FromSeconds(2));
        (await drain.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(0);
        gateway.Gateway.Loops[0].Log.Peek().SessionEnd.ShouldBe(SessionEnd.Stopped);
        await gateway.IsEmptyAsync();
    }

    [Fact]
    public async Task What_is_not_silent_in_time_is_cut_off()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, loops: 2);
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        (await gateway.Gateway.DrainAsync(TimeSpan.Zero)).ShouldBe(1);
        await gateway.IsEmptyAsync();
        gateway.Refusals(Refusal.ShuttingDown).ShouldBe(1);
    }
}
