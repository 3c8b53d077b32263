using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>A client of UDP that hears from the gateway alone: an answer from another address does not reach it.</summary>
internal sealed class UdpClient : IDisposable
{
    public UdpClient(IPEndPoint gateway, IPAddress? from = null)
    {
        Socket = new Socket(gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 * 1024 * 1024 };
        if (from is not null) Socket.Bind(new IPEndPoint(from, 0));
        Socket.Connect(gateway);
    }

    public Socket Socket { get; }

    public static UdpClient Of(TestGateway gateway, string listener = "dns") => new(IPEndPoint.Parse(gateway.Address(listener)));

    public Task SendAsync(string text) => Socket.SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task<string> ReceiveAsync() => Encoding.UTF8.GetString(await ReceiveBytesAsync());

    public async Task<byte[]> ReceiveBytesAsync()
    {
        var buffer = new byte[70_000];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return buffer[..await Socket.ReceiveAsync(buffer, patience.Token)];
    }

    public async Task<string> AskAsync(string text)
    {
        await SendAsync(text);
        return await ReceiveAsync();
    }

    public void Dispose() => Socket.Dispose();
}
