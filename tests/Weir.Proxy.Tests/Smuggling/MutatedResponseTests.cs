using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Smuggling;

/// <summary>Damaged responses, cut anywhere: the client gets a valid response, or one that is visibly cut, and never a part of another's.</summary>
public class MutatedResponseTests
{
    private const int Trials = 500;

    private static readonly string[] Seeds =
    [
        "HTTP/1.1 200 OK\r\nX-Token: {0}\r\nContent-Length: 8\r\n\r\n<{0}>",
        "HTTP/1.1 200 OK\r\nX-Token: {0}\r\nTransfer-Encoding: chunked\r\n\r\n8;e=f\r\n<{0}>\r\n0\r\nX-Trailer: {0}\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nX-Token: {0}\r\n\r\nHTTP/1.1 200 OK\r\nX-Token: {0}\r\nContent-Length: 8\r\n\r\n<{0}>",
        "HTTP/1.0 200 OK\r\nX-Token: {0}\r\n\r\n<{0}>",
        "HTTP/1.1 204 No Content\r\nX-Token: {0}\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nX-Token: {0}\r\nContent-Length: 8\r\n\r\n",
    ];

    private static readonly string[] Pieces =
    [
        "\r\n", "\r", "\n", " ", "\0", ":", "0", "9", ";", "\r\n\r\n", "0\r\n\r\n", "Content-Length: 3\r\n", "Content-Length: 99\r\n", "Transfer-Encoding: chunked\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<{0}>", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "Connection: close\r\n",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_sees_nothing_but_its_own_response(int loops)
    {
        var random = new Random(7 + loops);
        var (answer, cut) = ("", 0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                var token = request.Target[1..];
                if (token.StartsWith('n'))
                {
                    await wire.SendAsync($"HTTP/1.1 200 OK\r\nX-Token: {token}\r\nContent-Length: 8\r\n\r\n<{token}>");
                    continue;
                }

                await wire.SendAsync(answer[..cut]);
                if (cut > 0) await Task.Delay(1);
                await wire.SendAsync(answer[cut..]);
                // A damaged response may be an endless one.
                await Task.Delay(3);
                return;
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { first-byte: 5s, idle: 5s }", loops: loops);
        for (var trial = 0; trial < Trials / 2; trial++)
        {
            var token = $"d{trial:00000}";
            answer = Damage(random, Seeds[random.Next(Seeds.Length)]).Replace("{0}", token);
            cut = random.Next(answer.Length + 1);
            using var client = await gateway.ConnectAsync();
            await client.SendAsync($"GET /{token} HTTP/1.1\r\nHost: a\r\n\r\n");
            var next = $"n{trial:00000}";
            try
            {
                var response = await client.ReadResponseAsync();
                while (response.Status < 200) response = await client.ReadResponseAsync();
                var after = await client.AskAsync($"GET /{next} HTTP/1.1\r\nHost: a\r\n\r\n");
                after.Body.ShouldBe($"<{next}>", answer);
                after["X-Token"].ShouldBe(next, answer);
            }
            catch (Exception end) when (end is ResetException or EndOfStreamException)
            {
                client.Received.ShouldNotContain($"<{next}>");
            }

            // Somebody else's exchange right after it, on a connection that the damaged one may have left.
            (await gateway.AskAsync($"GET /n{trial:00000} HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe($"<{next}>", answer);
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    private static string Damage(Random random, string text)
    {
        for (var rounds = random.Next(3); rounds >= 0; rounds--)
        {
            var at = random.Next(text.Length + 1);
            text = random.Next(3) switch
            {
                0 when at < text.Length => text[..at] + (char)random.Next(256) + text[(at + 1)..],
                1 when at < text.Length => text.Remove(at, Math.Min(1 + random.Next(4), text.Length - at)),
                _ => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
            };
        }

        return text;
    }
}
