using Weir.Http;
using Weir.Proxy.Tests.Http2;
using static Weir.Proxy.Tests.GrpcWeb.WebCalls;

namespace Weir.Proxy.Tests.GrpcWeb;

/// <summary>Clients of gRPC-Web that break its rules, and such as go away.</summary>
public sealed class HostileTests
{
    public static TheoryData<string, bool, string> Bodies => new()
    {
        { "no base64", true, "AAAA!AAA" },
        { "base64 of another alphabet", true, "AAAAAA-_" },
        { "lone padding", true, "=" },
        { "padding alone", true, "====" },
        { "padding too early", true, "A===" },
        { "a line end", true, "AAAA\r\nAAAA" },
        { "half a quantum", true, Encode(Message("m")) + "AA" },
        { "half a prefix", true, Encode(Message("m") + "\0\0") },
        { "half a message in base64", true, Encode(Message("message")[..^1]) },
        { "half a message", false, Message("message")[..^1] },
        { "a length that never comes", false, "\0\u00ff\u00ff\u00ff\u00ff" },
        { "trailers", false, Message("m") + Message("grpc-status: 0\r\n", 0x80) },
        { "trailers in base64", true, Encode(Message("m") + Message("grpc-status: 0\r\n", 0x81)) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_breaks_the_rules_is_refused_and_never_complete_at_the_origin(string what, bool isText, string body)
    {
        await using var origin = new Http2Origin(static async (wire, _) =>
        {
            for (var id = 1; ; id += 2)
            {
                try
                {
                    await wire.ReadAnswerAsync(id);
                }
                catch (IOException reset) when (reset.Message.Contains("was reset", StringComparison.Ordinal))
                {
                    continue;
                }

                throw new InvalidOperationException("The request was ended as if it were whole.");
            }
        });
        await using var gateway = await StartAsync(origin.Url);
        var type = "application/grpc-web" + (isText ? "-text" : "");
        foreach (var isHttp2 in new[] { false, true })
        {
            var answer = await CallAsync(gateway, isHttp2, type, body);
            answer["content-type"].ShouldBe(type, what);
            answer["grpc-status"].ShouldBe("13", what);
            answer["grpc-message"].ShouldBe("weir: bad-grpc-web", what);
        }

        gateway.Refusals(Refusal.BadGrpcWeb).ShouldBe(2, what);
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task The_connection_is_closed_after_a_body_that_breaks_the_rules()
    {
        await using var origin = new Http2Origin(static (wire, _) => wire.ReadEndAsync());
        await using var gateway = await StartAsync(origin.Url);
        using var client = await gateway.ConnectAsync();
        var message = await client.AskAsync(Head("application/grpc-web-text", "Transfer-Encoding: chunked\r\n") + Chunks(["AAAA!"])[..^5]);
        message["grpc-message"].ShouldBe("weir: bad-grpc-web");
        message.Closes.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_away_leaves_nothing(bool isHttp2)
    {
        var reset = new SemaphoreSlim(0);
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            for (var id = 1; ; id += 2)
            {
                while (wire.Answer(id).Body.Length == 0) await wire.ReadFrameAsync();
                await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
                await wire.DataAsync(id, Message("m"), endStream: false);
                await wire.ReadResetAsync(id);
                reset.Release();
            }
        });
        await using var gateway = await StartAsync(origin.Url);
        for (var i = 0; i < 5; i++)
        {
            var half = Encode(Message("message"))[..^3];
            if (isHttp2)
            {
                using var wire = await Http2Wire.ConnectAsync(gateway);
                await wire.HeadersAsync(1, endStream: false, Fields("application/grpc-web-text"));
                await wire.DataAsync(1, half, endStream: false);
                while (wire.Answer(1).Body.Length == 0) await wire.ReadFrameAsync();
                wire.Cut();
            }
            else
            {
                using var client = await gateway.ConnectAsync();
                await client.SendAsync(Head("application/grpc-web-text", "Transfer-Encoding: chunked\r\n") + Chunks([half])[..^5]);
                await client.ReadUntilAsync("\r\n\r\n");
                client.Reset();
            }

            (await reset.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue();
        }

        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task A_body_is_limited_as_it_comes()
    {
        await using var origin = new Http2Origin(static (wire, _) => wire.ReadEndAsync());
        await using var gateway = await StartAsync(origin.Url, route: "limits: { body: 1KiB }");
        foreach (var framing in new[] { "Content-Length: 2000\r\n", "Transfer-Encoding: chunked\r\n" })
        {
            var body = Encode(Message(new string('m', 1495)));
            body.Length.ShouldBe(2000);
            var message = await gateway.AskAsync(Head("application/grpc-web-text", framing) + (framing[0] == 'C' ? body : Chunks([body])));
            message["grpc-status"].ShouldBe("8");
            message["grpc-message"].ShouldBe("weir: body-too-large");
        }
    }

    [Fact]
    public async Task An_answer_that_is_cut_is_cut_for_the_client_too()
    {
        await using var origin = Http2Origin.Answering(static async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.DataAsync(id, Message("m"), endStream: false);
            await wire.ResetAsync(id, code: 2);
        });
        await using var gateway = await StartAsync(origin.Url);
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Head("application/grpc-web-text", "Content-Length: 0\r\n"));
            (await client.ReadToResetAsync()).ShouldNotContain("\r\n0\r\n");
        }

        await IsQuietAsync(gateway);
    }
}
