using System.Net.Sockets;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>A gateway that ends TLS for a.test, and what must hold of it whatever its clients did.</summary>
internal sealed class TlsGateway : IAsyncDisposable
{
    public const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private readonly Certificates _files;

    private TlsGateway(Certificates files, TestGateway gateway) => (_files, Gateway) = (files, gateway);

    public TestGateway Gateway { get; }

    /// <summary>Connections whose handshake did not come to its end, however.</summary>
    public long Unmade => Gateway.Refusals(Refusal.TlsHandshakeFailed) + Gateway.Refusals(Refusal.TlsHandshakeTimeout) + Gateway.Refusals(Refusal.ClientGone);

    public long Made => Gateway.Gateway.Loops.Sum(static l => l.HandshakesDone);

    public static async Task<TlsGateway> StartAsync(Origin origin, string listener = "timeouts: { handshake: 2s }")
    {
        var files = new Certificates();
        try
        {
            return new TlsGateway(files, await TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{files.Make("a", ["a.test"])}] }}, {listener}"));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async Task<Socket> OpenAsync()
    {
        var socket = NewSocket();
        await socket.ConnectAsync(System.Net.IPEndPoint.Parse(Gateway.Address()));
        return socket;
    }

    /// <summary>Others are served, and nothing is left of who was here.</summary>
    public async Task ShouldBeSoundAsync()
    {
        using (var other = await TlsClient.ConnectAsync(Gateway, "a.test")) (await other.AskAsync(Get)).ShouldEndWith("ok");
        await TestGateway.EventuallyAsync(() => Gateway.Gateway.OpenListeners.Single().Open == 0, "connections are left");
        await TestGateway.EventuallyAsync(() => Gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 0, "handshakes are left");
        await TestGateway.EventuallyAsync(() => Gateway.Gateway.Loops.Sum(static l => l.Active) == 0, "exchanges are left");
        await TestGateway.EventuallyAsync(() => Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased) == 0, "buffers are left");
        await TestGateway.EventuallyAsync(() => Gateway.UpstreamConnections == Gateway.IdleUpstream, "connections to the origin are left");
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _files.Dispose();
    }
}
