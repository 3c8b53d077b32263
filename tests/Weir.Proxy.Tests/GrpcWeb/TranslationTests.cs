using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using static Weir.Proxy.Tests.GrpcWeb.WebCalls;

namespace Weir.Proxy.Tests.GrpcWeb;

/// <summary>gRPC-Web from clients, gRPC to origins.</summary>
public sealed class TranslationTests
{
    public static TheoryData<bool, string, string> Types => new()
    {
        { false, "application/grpc-web", "application/grpc" },
        { false, "application/grpc-web+proto", "application/grpc+proto" },
        { false, "application/grpc-web-text", "application/grpc" },
        { false, "application/grpc-web-text+proto", "application/grpc+proto" },
        { true, "application/grpc-web", "application/grpc" },
        { true, "application/grpc-web+thrift", "application/grpc+thrift" },
        { true, "application/grpc-web-text", "application/grpc" },
        { true, "application/grpc-web-text+json", "application/grpc+json" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_call_reaches_the_origin_as_grpc_and_its_answer_the_client_as_grpc_web(bool isHttp2, string type, string asGrpc)
    {
        Answer? seen = null;
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            seen = await wire.ReadAnswerAsync(id);
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc+proto"), ("x-head", "1"), ("trailer", "grpc-status"));
            await wire.DataAsync(id, Message("one") + Message("second"), endStream: false);
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"), ("x-of-bin", "AAE="));
        });
        await using var gateway = await StartAsync(origin.Url);
        var isText = type.Contains("-text", StringComparison.Ordinal);
        var body = Message("asked");
        var answer = await CallAsync(gateway, isHttp2, type, isText ? Encode(body) : body);
        seen!["content-type"].ShouldBe(asGrpc);
        seen["te"].ShouldBe("trailers");
        seen["grpc-accept-encoding"].ShouldBe("identity");
        seen.Body.ShouldBe(body);
        // The length is the same as long as the bytes are.
        seen.Fields.Any(static f => f.Name == "content-length").ShouldBe(!isText && !isHttp2);
        answer.Status.ShouldBe(200);
        answer["content-type"].ShouldBe(type);
        answer["x-head"].ShouldBe("1");
        answer["trailer"].ShouldBeNull();
        answer.Messages.ShouldBe(["one", "second"]);
        answer.Trailers.ShouldBe("grpc-status: 0\r\nx-of-bin: AAE=\r\n");
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData("application/grpc-web-text", "application/grpc-web", "application/grpc-web")]
    [InlineData("application/grpc-web", "application/grpc-web-text", "application/grpc-web-text")]
    [InlineData("application/grpc-web+proto", "text/html, */*;q=0.1", "application/grpc-web+proto")]
    [InlineData("Application/GRPC-Web; charset=utf-8", "", "Application/GRPC-Web")]
    [InlineData("application/grpc-web", "text/html , application/grpc-web-text+proto ;q=1", "application/grpc-web-text+proto")]
    public async Task The_client_says_how_it_wants_the_answer(string type, string accept, string answered)
    {
        await using var origin = Answering(("grpc-status", "0"));
        await using var gateway = await StartAsync(origin.Url);
        var body = type.Contains("-text", StringComparison.Ordinal) ? Encode(Message("m")) : Message("m");
        var message = await gateway.AskAsync(Head(type, $"Accept: {accept}\r\nAccept-Encoding: gzip, br\r\nContent-Length: {body.Length}\r\n") + body);
        message["content-type"].ShouldBe(answered);
        Read(message).Messages.ShouldBe(["answer"]);
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web-text")]
    public async Task A_call_that_its_endpoint_did_not_look_at_is_made_again(string type)
    {
        var calls = 0;
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            var asked = await wire.ReadAnswerAsync(id);
            if (Interlocked.Increment(ref calls) == 1)
            {
                // REFUSED_STREAM.
                await wire.ResetAsync(id, 7);
                return;
            }

            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.DataAsync(id, asked.Body, endStream: false);
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"));
        });
        await using var gateway = await StartAsync(origin.Url);
        var body = Message("asked");
        var answer = await CallAsync(gateway, false, type, type.EndsWith("-text", StringComparison.Ordinal) ? Encode(body) : body);
        answer.Messages.ShouldBe(["asked"]);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_client_cut_anywhere_arrives_whole()
    {
        var messages = Message("first") + Message("") + Message("the third");
        // As a client that flushes each message: padding after two of them.
        var padded = Encode(Message("first")) + Encode(Message("")) + Encode(Message("the third"));
        await using var origin = Http2Origin.Answering(static async (wire, id) =>
        {
            var asked = await wire.ReadAnswerAsync(id);
            asked.Fields.ShouldNotContain(static f => f.Name == "x-trailer");
            asked.Trailers.ShouldBeEmpty();
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.DataAsync(id, asked.Body, endStream: false);
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"));
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await gateway.ConnectAsync();
        foreach (var (type, body) in new[] { ("application/grpc-web", messages), ("application/grpc-web-text", Encode(messages)), ("application/grpc-web-text", padded) })
        {
            var cuts = Enumerable.Range(1, body.Length - 1).Select(at => new[] { body[..at], body[at..] }).Append([.. body.Select(static c => c.ToString())]);
            foreach (var pieces in cuts)
            {
                var chunks = Chunks(pieces);
                var answer = Read(await client.AskAsync(Head(type, "Transfer-Encoding: chunked\r\n") + chunks[..^2] + "X-Trailer: 1\r\n\r\n"));
                answer.Messages.ShouldBe(["first", "", "the third"], $"{type} cut at {pieces[0].Length}");
                answer.Trailers.ShouldBe("grpc-status: 0\r\n");
            }
        }
    }

    [Fact]
    public async Task What_an_origin_cut_anywhere_arrives_whole()
    {
        var body = Message("first") + Message("") + Message("the third");
        await using var origin = Origin.Answering(asked =>
        {
            var at = int.Parse(asked["x-cut"]!, System.Globalization.CultureInfo.InvariantCulture);
            var pieces = at == 0 ? body.Select(static c => c.ToString()) : [body[..at], body[at..]];
            return "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks(pieces)[..^2] + "Grpc-Status: 0\r\n\r\n";
        });
        await using var gateway = await StartAsync(origin.Url, cluster: "");
        using var client = await gateway.ConnectAsync();
        foreach (var type in new[] { "application/grpc-web", "application/grpc-web-text" })
        {
            for (var at = 0; at < body.Length; at++)
            {
                var answer = Read(await client.AskAsync(Head(type, $"X-Cut: {at}\r\nContent-Length: 0\r\n")));
                answer.Messages.ShouldBe(["first", "", "the third"], $"{type} cut at {at}");
                answer.Trailers.ShouldBe("grpc-status: 0\r\n");
            }
        }
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web-text")]
    public async Task An_answer_that_is_only_trailers_has_them_in_its_head(string type)
    {
        await using var origin = Http2Origin.Answering(static async (wire, id) =>
            await wire.HeadersAsync(id, endStream: true, (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "5"), ("grpc-message", "not here")));
        await using var gateway = await StartAsync(origin.Url);
        var answer = await CallAsync(gateway, false, type, "");
        answer["content-type"].ShouldBe(type);
        answer["content-length"].ShouldBe("0");
        answer["grpc-status"].ShouldBe("5");
        answer["grpc-message"].ShouldBe("not here");
        answer.Trailers.ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_status_that_the_origin_did_not_give_is_unknown(bool hasTrailers)
    {
        await using var origin = hasTrailers ? Answering(("x-a", "b")) : Http2Origin.Answering(static async (wire, id) =>
            await wire.HeadersAsync(id, endStream: true, (":status", "200"), ("content-type", "application/grpc")));
        await using var gateway = await StartAsync(origin.Url);
        var answer = await CallAsync(gateway, true, "application/grpc-web-text", Encode(Message("m")));
        answer.Trailers.ShouldBe((hasTrailers ? "x-a: b\r\n" : "") + "grpc-status: 2\r\ngrpc-message: weir: the origin gave no grpc-status\r\n");
        answer.Messages.Count.ShouldBe(hasTrailers ? 1 : 0);
    }

    [Theory]
    [InlineData("503 Service Unavailable", "Content-Type: text/html\r\nRetry-After: 7\r\n", "14", "weir: the origin answered 503 without gRPC")]
    [InlineData("404 Not Found", "", "12", "weir: the origin answered 404 without gRPC")]
    [InlineData("200 OK", "Content-Type: text/html\r\n", "2", "weir: the origin answered 200 without gRPC")]
    [InlineData("200 OK", "Content-Type: application/grpc\r\nContent-Encoding: gzip\r\n", "2", "weir: the origin answered 200 without gRPC")]
    public async Task What_is_no_grpc_is_told_as_a_status(string line, string fields, string status, string said)
    {
        await using var origin = Origin.Answering($"HTTP/1.1 {line}\r\n{fields}Content-Length: 4\r\n\r\npage");
        await using var gateway = await StartAsync(origin.Url, cluster: "", route: "policies: [{ headers: { response: { set: { X-Policy: a } } } }]");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var message = await client.AskAsync(Head("application/grpc-web-text+proto", "Content-Length: 0\r\n"));
            message.StartLine.ShouldBe("HTTP/1.1 200 OK");
            message["content-type"].ShouldBe("application/grpc-web-text+proto");
            message["content-length"].ShouldBe("0");
            message["grpc-status"].ShouldBe(status);
            message["grpc-message"].ShouldBe(said);
            message["x-policy"].ShouldBe("a");
            message["retry-after"].ShouldBe(fields.Contains("Retry", StringComparison.Ordinal) ? "7" : null);
            message.Body.ShouldBe("");
        }
    }

    [Theory]
    [InlineData(false, "application/grpc-web", "/none", "12", "weir: no-route")]
    [InlineData(true, "application/grpc-web-text+proto", "/none", "12", "weir: no-route")]
    [InlineData(false, "application/grpc-web-text", "/forbidden", "7", "weir: 403")]
    [InlineData(false, "application/grpc-web", CallPath, "14", "weir: connect-failed")]
    [InlineData(true, "application/grpc-web-text", CallPath, "14", "weir: connect-failed")]
    [InlineData(true, "application/grpc-web-text", "/plain", "14", "weir: connect-failed")]
    public async Task An_error_of_the_gateway_is_said_as_the_client_understands_it(bool isHttp2, string type, string path, string status, string said)
    {
        await using var gateway = await StartAsync(Origin.Refusing());
        var answer = await CallAsync(gateway, isHttp2, type, type.Contains("-text", StringComparison.Ordinal) ? Encode(Message("m")) : Message("m"), path);
        answer.Status.ShouldBe(200);
        answer["content-type"].ShouldBe(type);
        answer["grpc-status"].ShouldBe(status);
        answer["grpc-message"].ShouldBe(said);
        answer.Messages.ShouldBeEmpty();
        answer.Trailers.ShouldBeNull();
    }

    [Theory]
    [InlineData(CallPath, "4")]
    [InlineData("/plain", "4")]
    public async Task A_deadline_holds_for_these_calls_too(string path, string status)
    {
        var reset = new TaskCompletionSource<uint>();
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            await wire.ReadAnswerAsync(1);
            reset.SetResult(await wire.ReadResetAsync(1));
        });
        await using var gateway = await StartAsync(origin.Url);
        var message = await gateway.AskAsync(Head("application/grpc-web", "Grpc-Timeout: 100m\r\nContent-Length: 0\r\n", path));
        message["grpc-status"].ShouldBe(status);
        (await reset.Task).ShouldBe(8u);
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData("POST", "application/json", CallPath)]
    [InlineData("POST", "application/grpc-web", "/plain")]
    [InlineData("POST", "application/grpc", CallPath)]
    [InlineData("PUT", "application/grpc-web", CallPath)]
    [InlineData("OPTIONS", "application/grpc-web", CallPath)]
    [InlineData("HEAD", "application/grpc-web-text", CallPath)]
    public async Task What_is_something_else_passes_as_it_is(string method, string type, string path)
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: " + (method == "HEAD" ? "2\r\n\r\n" : "2\r\n\r\nok"));
        await using var gateway = await StartAsync(origin.Url, cluster: "");
        var message = await gateway.AskAsync($"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {type}\r\nAccept-Encoding: br\r\nContent-Length: 1\r\n\r\n*", method);
        message["content-type"].ShouldBe("x/y");
        message.Body.ShouldBe(method == "HEAD" ? "" : "ok");
        var asked = origin.Received;
        asked.ShouldContain($"Content-Type: {type}\r\n");
        asked.ShouldContain("Accept-Encoding: br\r\n");
        asked.ShouldEndWith("\r\n\r\n*");
    }

    [Fact]
    public async Task A_redirect_stays_one()
    {
        await using var gateway = await StartAsync(Origin.Refusing());
        var message = await gateway.AskAsync(Head("application/grpc-web", "Content-Length: 0\r\n", "/moved/Call"));
        message.Status.ShouldBe(308);
        message["location"].ShouldStartWith("https://");
        message.Has("grpc-status").ShouldBeFalse();
    }

    [Fact]
    public async Task Large_trailers_pass_as_a_frame()
    {
        var value = new string('v', 7000);
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"), ("x-long", value));
        });
        await using var gateway = await StartAsync(origin.Url, cluster: "protocol: http2, header-limit: 64KiB");
        foreach (var isHttp2 in new[] { false, true })
            (await CallAsync(gateway, isHttp2, "application/grpc-web-text", "")).Trailers.ShouldBe($"grpc-status: 0\r\nx-long: {value}\r\n");
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task An_answer_that_ends_within_a_message_is_cut()
    {
        await using var origin = Http2Origin.Answering(static async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.DataAsync(id, Message("whole")[..^1], endStream: false);
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"));
        });
        await using var gateway = await StartAsync(origin.Url);
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Head("application/grpc-web", "Content-Length: 0\r\n"));
            (await client.ReadToResetAsync()).ShouldNotContain("grpc-status");
        }

        gateway.Refusals(Refusal.UpstreamBodyTruncated).ShouldBe(1);
        await IsQuietAsync(gateway);
    }

    private static Http2Origin Answering(params (string, string)[] trailers) => Http2Origin.Answering(async (wire, id) =>
    {
        (await wire.ReadAnswerAsync(id)).Fields.ShouldNotContain(static f => f.Name == "accept-encoding");
        await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
        await wire.DataAsync(id, Message("answer"), endStream: false);
        await wire.HeadersAsync(id, endStream: true, trailers);
    });
}
