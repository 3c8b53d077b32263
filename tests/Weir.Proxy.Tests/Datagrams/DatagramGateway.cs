using System.Net;
using System.Net.Sockets;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>A gateway with a udp listener, and what tests ask of it.</summary>
internal static class DatagramGateway
{
    public static string Yaml(string urls, string listener = "", string cluster = "", string address = "127.0.0.1:0") => $$"""
        version: 1
        listeners: { dns: { address: "{{address}}", protocol: udp, forward: resolvers{{Member(listener)}} } }
        clusters: { resolvers: { endpoints: ["{{urls}}"]{{Member(cluster)}} } }
        """;

    public static Task<TestGateway> StartAsync(string urls, string listener = "", string cluster = "", int loops = 1, TimeProvider? time = null, bool logs = false, string address = "127.0.0.1:0")
        => TestGateway.StartAsync(Yaml(urls, listener, cluster, address), loops, time: time, logs: logs);

    /// <summary>An address that nobody had a moment ago.</summary>
    public static string FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket.LocalEndPoint!.ToString()!;
    }

    public static string Both(UdpOrigin a, UdpOrigin b) => $"{a.Url}\", \"{b.Url}";

    public static int Sessions(this TestGateway gateway) => gateway.Gateway.OpenListeners.Sum(static l => l.Open);

    public static long Count(this TestGateway gateway, Func<DatagramCounters, long> which) => gateway.Gateway.OpenListeners.Sum(l => l.Datagrams.Sum(which));

    /// <summary>Nothing is held that a session held.</summary>
    public static async Task IsEmptyAsync(this TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Sessions() == 0, "no sessions");
        gateway.UpstreamConnections.ShouldBe(0);
        gateway.Gateway.Store.Endpoints.Sum(static e => e.Active).ShouldBe(0);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased) == 0, "buffers");
    }

    public static void Advance(this TestGateway gateway, ShiftedClock clock, TimeSpan time)
    {
        clock.Advance(time);
        foreach (var loop in gateway.Gateway.Loops) loop.Loop.Wake();
    }

    private static string Member(string text) => text.Length == 0 ? "" : ", " + text;
}
