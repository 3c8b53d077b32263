using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>The client's end of a tunnel, over HTTP/1.1 or as a stream of HTTP/2.</summary>
internal abstract class TunnelClient : IDisposable
{
    public const string Ask = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    /// <summary>The status of the answer; 200 over HTTP/2 is told as 101.</summary>
    public abstract int Status { get; }

    public static async Task<TunnelClient> OpenAsync(TestGateway gateway, bool http2, string listener = "web")
    {
        var client = await AskAsync(gateway, http2, listener);
        client.Status.ShouldBe(101);
        return client;
    }

    public static async Task<TunnelClient> AskAsync(TestGateway gateway, bool http2, string listener = "web")
        => http2 ? await OverHttp2.ConnectAsync(gateway, listener) : await OverHttp1.ConnectAsync(gateway, listener);

    /// <summary>At most 16 KiB at a time over HTTP/2, and no more in all than its windows are at first.</summary>
    public abstract Task SendAsync(string bytes);

    public abstract Task<string> ReadCountAsync(int count);

    /// <summary>The gateway ends its direction in good order.</summary>
    public abstract Task ReadEndAsync();

    /// <summary>The gateway cuts the tunnel off.</summary>
    public abstract Task ReadCutAsync();

    public abstract void Dispose();

    /// <summary>A frame of the client's is masked.</summary>
    public Task SendAsync(byte first, string payload) => SendAsync(Frame.Of(first, payload, masked: true));

    public Task<Frame> ReadAsync() => Frame.ReadAsync(ReadCountAsync);

    /// <summary>Says something to an origin that says it again.</summary>
    public async Task ShouldEchoAsync(string text)
    {
        await SendAsync(Frame.Text, text);
        (await ReadAsync()).ShouldBe(new Frame(Frame.Text, text, false));
    }

    private sealed class OverHttp1(RawConnection wire, int status) : TunnelClient
    {
        public override int Status => status;

        public static async Task<TunnelClient> ConnectAsync(TestGateway gateway, string listener)
        {
            var wire = await gateway.ConnectAsync(listener);
            return new OverHttp1(wire, (await wire.AskAsync(Ask)).Status);
        }

        public override Task SendAsync(string bytes) => wire.SendAsync(bytes);

        public override Task<string> ReadCountAsync(int count) => wire.ReadCountAsync(count);

        public override async Task ReadEndAsync() => (await wire.ReadToEndAsync()).ShouldBe("");

        public override Task ReadCutAsync() => wire.ReadToResetAsync();

        public override void Dispose() => wire.Dispose();
    }

    private sealed class OverHttp2(Http2Wire wire) : TunnelClient
    {
        private int _read;
        private int _status;

        public override int Status => _status;

        public static async Task<TunnelClient> ConnectAsync(TestGateway gateway, string listener)
        {
            var wire = await Http2Wire.ConnectAsync(gateway, window: 1 << 24, listener: listener);
            await wire.WindowUpdateAsync(0, 1 << 24);
            var client = new OverHttp2(wire);
            await client.AskAsync();
            return client;
        }

        public override Task SendAsync(string bytes) => wire.DataAsync(1, bytes, endStream: false);

        public override async Task<string> ReadCountAsync(int count)
        {
            var text = await wire.ReadBodyAsync(1, _read, count);
            _read += count;
            return text;
        }

        public override async Task ReadEndAsync() => (await wire.ReadAnswerAsync(1)).Body.Length.ShouldBe(_read);

        public override Task ReadCutAsync() => wire.ReadResetAsync(1);

        public override void Dispose() => wire.Dispose();

        private async Task AskAsync()
        {
            await wire.HeadersAsync(1, endStream: false, (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/chat"), (":authority", "a"), ("sec-websocket-version", "13"));
            var status = await wire.ReadStatusAsync(1);
            _status = status == "200" ? 101 : int.Parse(status, System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
