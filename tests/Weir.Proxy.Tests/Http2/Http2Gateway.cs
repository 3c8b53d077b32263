using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Http2;

/// <summary>
/// A gateway and an origin for clients that do what they should not: <c>/open</c> is never answered, <c>/held</c> waits before its body is
/// read, <c>/origin</c> is answered by the origin, and everything else by the gateway itself.
/// </summary>
internal sealed class Http2Gateway : IAsyncDisposable
{
    private readonly Origin _origin;

    private Http2Gateway(Origin origin, TestGateway gateway) => (_origin, Gateway) = (origin, gateway);

    public TestGateway Gateway { get; }

    public Origin Origin => _origin;

    public static async Task<Http2Gateway> StartAsync(string listener = "", int loops = 1, TimeProvider? time = null)
    {
        var origin = Origin.Start(static async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadUntilAsync("\r\n\r\n");
                if (!request.Contains(" /open", StringComparison.Ordinal)) await wire.SendAsync(Origin.Ok);
            }
        });
        try
        {
            return new Http2Gateway(origin, await TestGateway.StartAsync(Configuration(origin.Url, listener), loops, time: time));
        }
        catch
        {
            await origin.DisposeAsync();
            throw;
        }
    }

    public static string Configuration(string origin, string listener = "") => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0"{{(listener.Length == 0 ? "" : ", " + listener)}} } }
        routes:
          open: { match: { path: /open }, forward: origin }
          origin: { match: { path: /origin }, forward: origin }
          held: { match: { path: /held }, policies: [{ delay: 30s }], respond: 200 }
          all: { respond: { status: 200, body: hi } }
        clusters: { origin: { endpoints: ["{{origin}}"], pool: { connections: 1000 } } }
        """;

    /// <summary>The fields of a request.</summary>
    public static (string Name, string Value)[] Ask(string path, string method = "GET", params (string Name, string Value)[] more)
        => [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a"), .. more];

    /// <summary>HEADERS that are a whole block.</summary>
    public static byte[] Head(int stream, bool endStream, params (string Name, string Value)[] fields)
        => Http2Wire.Frame(Http2Wire.Headers, (byte)(4 | (endStream ? 1 : 0)), stream, Http2Wire.Block(fields));

    /// <summary>HEADERS with a block made by hand.</summary>
    public static byte[] Block(int stream, bool endStream, params byte[] block) => Http2Wire.Frame(Http2Wire.Headers, (byte)(4 | (endStream ? 1 : 0)), stream, block);

    /// <summary>DATA.</summary>
    public static byte[] Body(int stream, int length, bool endStream) => Http2Wire.Frame(Http2Wire.Data, (byte)(endStream ? 1 : 0), stream, new byte[length]);

    /// <summary>SETTINGS with one setting.</summary>
    public static byte[] Setting(int id, uint value)
        => Http2Wire.Frame(Http2Wire.Settings, 0, 0, 0, (byte)id, (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value);

    /// <summary>WINDOW_UPDATE.</summary>
    public static byte[] Window(int stream, uint increment)
        => Http2Wire.Frame(Http2Wire.WindowUpdate, 0, stream, (byte)(increment >> 24), (byte)(increment >> 16), (byte)(increment >> 8), (byte)increment);

    public static async Task<string> GetAsync(Http2Wire wire, int stream, string path = "/")
    {
        await wire.HeadersAsync(stream, endStream: true, Ask(path));
        return (await wire.ReadAnswerAsync(stream)).Status;
    }

    /// <summary>Others are served, and nothing is left of who was here.</summary>
    public async Task ShouldBeSoundAsync()
    {
        using (var other = await Http2Wire.ConnectAsync(Gateway)) (await GetAsync(other, 1, "/origin")).ShouldBe("200");
        await ShouldBeQuietAsync(Gateway);
    }

    public static async Task ShouldBeQuietAsync(TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.All(static l => l.Open == 0), "connections are left");
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "exchanges are left");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased) == 0, "buffers are left");
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == gateway.IdleUpstream, "connections to the origin are left");
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _origin.DisposeAsync();
    }
}
