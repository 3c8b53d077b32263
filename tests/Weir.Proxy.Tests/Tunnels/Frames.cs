using System.Security.Cryptography;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>A frame of RFC 6455 as a test sees it; text is Latin-1.</summary>
internal sealed record Frame(byte First, string Payload, bool IsMasked)
{
    public const byte Text = 0x81, Binary = 0x82, Close = 0x88, Ping = 0x89, Pong = 0x8A;

    public static string Of(byte first, string payload, bool masked = false, uint mask = 0xA1B2C3D4)
    {
        var frame = new StringBuilder().Append((char)first);
        var bit = masked ? 0x80 : 0;
        if (payload.Length < 126) frame.Append((char)(payload.Length | bit));
        else if (payload.Length < 65_536) frame.Append((char)(126 | bit)).Append((char)(payload.Length >> 8)).Append((char)(payload.Length & 255));
        else frame.Append((char)(127 | bit)).Append('\0', 4).Append((char)(payload.Length >> 24)).Append((char)((payload.Length >> 16) & 255)).Append((char)((payload.Length >> 8) & 255)).Append((char)(payload.Length & 255));
        if (!masked) return frame.Append(payload).ToString();
        for (var i = 0; i < 4; i++) frame.Append(MaskAt(mask, i));
        for (var i = 0; i < payload.Length; i++) frame.Append((char)(payload[i] ^ MaskAt(mask, i)));
        return frame.ToString();
    }

    public static async Task<Frame> ReadAsync(Func<int, Task<string>> read)
    {
        var head = await read(2);
        var masked = (head[1] & 0x80) != 0;
        long length = head[1] & 0x7F;
        if (length >= 126) length = (await read(length == 126 ? 2 : 8)).Aggregate(0L, static (sum, c) => (sum << 8) | c);
        var mask = masked ? await read(4) : "";
        var payload = length == 0 ? "" : await read((int)length);
        if (masked) payload = string.Concat(payload.Select((c, i) => (char)(c ^ mask[i % 4])));
        return new Frame((byte)head[0], payload, masked);
    }

    private static char MaskAt(uint mask, int i) => (char)((mask >> (8 * (3 - (i % 4)))) & 255);
}

/// <summary>The origin's end of a WebSocket.</summary>
internal sealed class WebSocketPeer(RawConnection wire)
{
    public RawConnection Wire => wire;

    /// <summary>Reads the request and switches.</summary>
    public static async Task<WebSocketPeer> AcceptAsync(RawConnection wire)
    {
        var request = await wire.ReadRequestAsync();
#pragma warning disable CA5350 // RFC 6455 names it.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(request["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await wire.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        return new WebSocketPeer(wire);
    }

    public Task SendAsync(byte first, string payload) => wire.SendAsync(Frame.Of(first, payload));

    public Task<Frame> ReadAsync() => Frame.ReadAsync(wire.ReadCountAsync);

    /// <summary>An origin that switches and then has a script of its own.</summary>
    public static Origin Start(Func<WebSocketPeer, Task> script) => Origin.Start(async (wire, _) => await script(await AcceptAsync(wire)));

    /// <summary>Says every frame again, and answers pings.</summary>
    public static Origin Echoing() => Start(static async peer =>
    {
        while (true)
        {
            var frame = await peer.ReadAsync();
            await peer.SendAsync(frame.First == Frame.Ping ? Frame.Pong : frame.First, frame.Payload);
            if (frame.First == Frame.Close) return;
        }
    });
}
