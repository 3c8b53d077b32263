using System.Text;
using Weir.Proxy.Requests;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Http2;

/// <summary>What clients of gRPC are told, and how long they are waited for.</summary>
public sealed class GrpcTests
{
    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("3S", 3000)]
    [InlineData("4m", 4)]
    [InlineData("4001u", 5)]
    [InlineData("1n", 1)]
    [InlineData("0S", 1)]
    [InlineData("99999999H", int.MaxValue / 2)]
    [InlineData("123456789S", 0)]
    [InlineData("S", 0)]
    [InlineData("", 0)]
    [InlineData("-1S", 0)]
    [InlineData("1.5S", 0)]
    [InlineData("10", 0)]
    [InlineData("10s", 0)]
    [InlineData(" 1S", 0)]
    public void A_timeout_is_read(string text, long milliseconds) => Grpc.ParseTimeout(Encoding.ASCII.GetBytes(text)).ShouldBe(milliseconds);

    [Theory]
    [InlineData("application/grpc", "/none", "12", "weir: no-route")]
    [InlineData("application/grpc+proto", "/none", "12", "weir: no-route")]
    [InlineData("Application/GRPC;x=y", "/closed", "14", "weir: connect-failed")]
    [InlineData("application/grpc", "/reply", "7", "weir: 403")]
    [InlineData("application/grpc", "/large", "8", "weir: body-too-large")]
    public async Task An_error_is_said_as_grpc_says_it(string type, string path, string status, string message)
    {
        await using var gateway = await StartAsync(Origin.Refusing());
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: true, Head(path, type, path == "/large" ? ("content-length", "2000") : ("x-a", "b")));
        if (path == "/large")
        {
            // The head alone says too much: what disagrees with it is reset, so it is asked for with a body.
            (await wire.ReadResetAsync(1)).ShouldBe(1u);
            await wire.HeadersAsync(3, endStream: false, Head(path, type, ("content-length", "2000")));
        }

        var answer = await wire.ReadAnswerAsync(path == "/large" ? 3 : 1);
        answer.Status.ShouldBe("200");
        answer["content-type"].ShouldBe("application/grpc");
        answer["grpc-status"].ShouldBe(status);
        answer["grpc-message"].ShouldBe(message);
        answer.Body.ShouldBe("");
    }

    [Theory]
    [InlineData("application/grpcx")]
    [InlineData("application/grpc-webx")]
    [InlineData("application/grpc-web-textual")]
    [InlineData("application/json")]
    public async Task Who_does_not_speak_it_is_told_in_http(string type)
    {
        await using var gateway = await StartAsync(Origin.Refusing());
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: true, Head("/none", type, ("x-a", "b")));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("404");
    }

    [Fact]
    public async Task A_deadline_ends_the_call_at_the_origin_too()
    {
        var reset = new TaskCompletionSource<uint>();
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            await wire.ReadAnswerAsync(1);
            reset.SetResult(await wire.ReadResetAsync(1));
        });
        await using var gateway = await StartAsync(origin.Url);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: true, Head("/closed", "application/grpc", ("grpc-timeout", "100m")));
        (await wire.ReadAnswerAsync(1))["grpc-status"].ShouldBe("4");
        (await reset.Task).ShouldBe(8u);
    }

    private static (string, string)[] Head(string path, string type, (string, string) more)
        => [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"), ("content-type", type), ("te", "trailers"), more];

    private static Task<TestGateway> StartAsync(string url) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes:
          closed: { match: { path: /closed }, forward: origin }
          large: { match: { path: /large }, limits: { body: 1KiB }, forward: origin }
          reply: { match: { path: /reply }, respond: 403 }
        clusters: { origin: { protocol: http2, endpoints: ["{{url}}"] } }
        """);
}
