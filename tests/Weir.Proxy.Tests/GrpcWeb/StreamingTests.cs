using System.Net.Http;
using System.Text;
using Microsoft.AspNetCore.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using static Weir.Proxy.Tests.GrpcWeb.WebCalls;

namespace Weir.Proxy.Tests.GrpcWeb;

/// <summary>Streams: each message as it comes, and no more of them held than can be sent.</summary>
public sealed class StreamingTests
{
    [Theory]
    [InlineData(false, "application/grpc-web")]
    [InlineData(false, "application/grpc-web-text")]
    [InlineData(true, "application/grpc-web")]
    [InlineData(true, "application/grpc-web-text")]
    public async Task Each_message_is_with_the_client_before_the_next_is_made(bool isHttp2, string type)
    {
        var isText = type.EndsWith("text", StringComparison.Ordinal);
        // Of every length modulo three.
        string[] messages = ["a", "bb", "ccc", "", "ddddd", "eeeeee"];
        var got = new SemaphoreSlim(0);
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            foreach (var message in messages)
            {
                await wire.DataAsync(id, Message(message), endStream: false);
                (await got.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue();
            }

            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"));
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await gateway.ConnectAsync();
        if (isHttp2)
        {
            using var wire = await Http2Wire.ConnectAsync(gateway);
            await wire.HeadersAsync(1, endStream: true, Fields(type));
            while (wire.Seen[Http2Wire.Headers] == 0) await wire.ReadFrameAsync();
            var read = "";
            foreach (var message in messages)
            {
                read += Message(message);
                while ((isText ? Decode(wire.Answer(1).Body) : wire.Answer(1).Body) != read) await wire.ReadFrameAsync();
                got.Release();
            }

            Read(200, wire.Answer(1).Fields, (await wire.ReadAnswerAsync(1)).Body).Trailers.ShouldBe("grpc-status: 0\r\n");
            return;
        }

        await client.SendAsync(Head(type, "Content-Length: 0\r\n"));
        await client.ReadUntilAsync("\r\n\r\n");
        foreach (var message in messages)
        {
            // Padded where it ends, so that all of it can be read.
            var expected = isText ? Encode(Message(message)) : Message(message);
            for (var seen = ""; seen != expected; seen += await ReadChunkAsync(client)) expected.ShouldStartWith(seen);
            got.Release();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_of_the_client_reach_the_origin_as_they_come(bool isText)
    {
        // One that ends within a quantum of base64 has its last bytes wait for the rest of it: clients pad.
        string[] messages = ["a", "bb", "ccc"];
        var seen = new SemaphoreSlim(0);
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            var whole = "";
            foreach (var message in messages)
            {
                whole += Message(message);
                while (wire.Answer(1).Body != whole) await wire.ReadFrameAsync();
                seen.Release();
            }

            await wire.ReadAnswerAsync(1);
            await wire.HeadersAsync(1, endStream: true, (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "0"));
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Head("application/grpc-web" + (isText ? "-text" : ""), "Transfer-Encoding: chunked\r\n"));
        foreach (var message in messages)
        {
            await client.SendAsync(Chunks([isText ? Encode(Message(message)) : Message(message)])[..^5]);
            (await seen.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue();
        }

        await client.SendAsync("0\r\n\r\n");
        (await client.ReadResponseAsync())["grpc-status"].ShouldBe("0");
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web-text")]
    public async Task A_slow_reader_of_a_large_stream_holds_few_buffers(string type)
    {
        const int Count = 2000, Size = 16 * 1024;
        var message = Encoding.Latin1.GetBytes(Message(new string('m', Size)));
        await using var origin = Origin.Start(
            async (wire, _) =>
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (var i = 0; i < Count; i++) await wire.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{message.Length:x}\r\n"), .. message, .. "\r\n"u8]);
                await wire.SendAsync("0\r\ngrpc-status: 0\r\n\r\n");
            },
            records: false);
        await using var gateway = await StartAsync(origin.Url, cluster: "");
        using var client = await gateway.ConnectAsync(receiveBuffer: 16 * 1024);
        await client.SendAsync(Head(type, "Content-Length: 0\r\n"));
        await client.ReadUntilAsync("\r\n\r\n");
        var total = (long)Count * message.Length * (type.EndsWith("text", StringComparison.Ordinal) ? 4 : 3) / 3;
        for (var part = 0; part < 20; part++)
        {
            // Chunks have prefixes, so there is a little more than this.
            await client.SkipAsync(total / 20);
            gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBeLessThan(12);
            gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved).ShouldBeLessThan(2 << 20);
        }

        await client.ReadUntilAsync("0\r\n\r\n");
        client.Dispose();
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Random_streams_pass_both_ways(bool isHttp2)
    {
        var random = new Random(isHttp2 ? 71 : 72);
        await using var origin = await KestrelOrigin.StartAsync(static async context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.StartAsync();
            await context.Request.Body.CopyToAsync(context.Response.Body);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = new HttpClient();
        for (var round = 0; round < 60; round++)
        {
            var messages = Enumerable.Range(0, random.Next(0, 20)).Select(_ => new string((char)random.Next(0, 256), random.Next(3) == 0 ? random.Next(0, 60_000) : random.Next(0, 20))).ToList();
            var type = random.Next(2) == 0 ? "application/grpc-web" : "application/grpc-web-text";
            var whole = string.Concat(messages.Select(static m => Message(m)));
            var body = type.EndsWith("text", StringComparison.Ordinal) ? Padded(random, whole) : whole;
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{gateway.Address()}{CallPath}")
            {
                Version = isHttp2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StreamContent(new CutStream(Encoding.Latin1.GetBytes(body), random.Next(1, 20_000))),
            };
            request.Headers.TransferEncodingChunked = !isHttp2 && random.Next(2) == 0;
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var response = await client.SendAsync(request);
            var answer = Read((int)response.StatusCode, [("content-type", response.Content.Headers.ContentType!.ToString())], Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()));
            answer.Messages.ShouldBe(messages, $"round {round}, {type}");
            answer.Trailers.ShouldBe("grpc-status: 0\r\n");
        }

        client.Dispose();
        await IsQuietAsync(gateway);
    }

    // Base64 that is padded here and there.
    private static string Padded(Random random, string whole)
    {
        var text = new StringBuilder();
        for (var at = 0; at < whole.Length;)
        {
            var length = random.Next(1, whole.Length - at + 1);
            text.Append(Encode(whole.Substring(at, length)));
            at += length;
        }

        return text.ToString();
    }

    private static async Task<string> ReadChunkAsync(RawConnection client)
    {
        var size = Convert.ToInt32((await client.ReadUntilAsync("\r\n"))[..^2], 16);
        return (await client.ReadCountAsync(size + 2))[..^2];
    }

    // Gives at most so many bytes at a time.
    private sealed class CutStream(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => CopyAsync(destination, cancellationToken);

        private async Task CopyAsync(Stream destination, CancellationToken cancellationToken)
        {
            var buffer = new byte[most];
            for (int read; (read = await ReadAsync(buffer.AsMemory(), cancellationToken)) > 0;)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await destination.FlushAsync(cancellationToken);
            }
        }
    }
}
