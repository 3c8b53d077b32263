using System.Net;
using System.Net.Sockets;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>A name server for which every name is 127.0.0.1 and has nothing else.</summary>
internal sealed class NameServer : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    public NameServer() => _ = ServeAsync();

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync();
                await _socket.SendAsync(Answer(query.Buffer), query.RemoteEndPoint);
            }
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or SocketException)
        {
        }
    }

    // RFC 1035, section 4: the question comes back, for type A with one record.
    private static byte[] Answer(byte[] query)
    {
        var end = 12;
        while (query[end] != 0) end += query[end] + 1;
        var isAddress = query[end + 1] == 0 && query[end + 2] == 1;
        byte[] head = [query[0], query[1], 0x81, 0x80, 0, 1, 0, (byte)(isAddress ? 1 : 0), 0, 0, 0, 0];
        byte[] record = isAddress ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1] : [];
        return [.. head, .. query[12..(end + 5)], .. record];
    }
}
