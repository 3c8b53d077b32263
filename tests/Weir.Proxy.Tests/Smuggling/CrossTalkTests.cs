using System.Globalization;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Smuggling;

/// <summary>Every request and response carries a mark of its own, in head and body; under load, aborts and resets no mark is seen elsewhere.</summary>
public class CrossTalkTests
{
    private const int Clients = 16;
    private const int Rounds = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Nothing_of_one_exchange_is_visible_in_another(int loops)
    {
        var mixed = new List<string>();
        await using var origin = Origin.Start(
            async (wire, number) =>
            {
                var random = new Random(number * 31);
                while (await AnswerAsync(wire, random, mixed))
                {
                }
            },
            records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, listener: "timeouts: { linger: 20ms }", cluster: "pool: { connections: 12, queue-timeout: 30s }", loops: loops);
        var served = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async id =>
        {
            var random = new Random(id);
            for (var round = 0; round < Rounds; round++)
            {
                using var client = await gateway.ConnectAsync();
                Interlocked.Add(ref served, await ServeAsync(client, random, $"c{id:00}r{round:000}"));
            }
        }));
        mixed.ShouldBeEmpty();
        served.ShouldBeGreaterThan(Clients * Rounds);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    // One client connection: a few requests, in one of many manners. The responses that it had in full.
    private static async Task<int> ServeAsync(RawConnection client, Random random, string mark)
    {
        var count = 1 + random.Next(5);
        var manner = random.Next(8);
        var requests = Enumerable.Range(0, count).Select(i => Request(random, $"{mark}q{i:00}")).ToList();
        var served = 0;
        try
        {
            if (manner < 3) await client.SendAsync(string.Concat(requests.Select(static r => r.Text)));
            for (var i = 0; i < count; i++)
            {
                var (method, text, body) = requests[i];
                if (manner == 3 && i == count - 1)
                {
                    await client.SendAsync(text[..random.Next(text.Length)]);
                    client.Reset();
                    return served;
                }

                if (manner >= 3) await client.SendAsync(text);
                if (manner == 4 && i == count - 1)
                {
                    client.Reset();
                    return served;
                }

                var response = await client.ReadResponseAsync(method);
                while (response.Status < 200) response = await client.ReadResponseAsync(method);
                var own = $"{mark}q{i:00}";
                if (response.Status is 502 or 503) continue;
                response["X-Mark"].ShouldBe(own);
                if (method != "HEAD") response.Body.ShouldBe($"[{own}]{body}");
                served++;
                if (response.Closes) return served;
            }
        }
        catch (Exception end) when (end is ResetException or EndOfStreamException)
        {
            // The origin cut its response: the client sees that, and nobody else's bytes.
            foreach (var piece in client.Received.Split("X-Mark: ")[1..]) piece.ShouldStartWith(mark);
        }

        return served;
    }

    private static (string Method, string Text, string Body) Request(Random random, string mark)
    {
        var body = new string((char)('a' + random.Next(26)), random.Next(4) == 0 ? random.Next(60_000) : random.Next(50));
        var head = $"/{mark} HTTP/1.1\r\nHost: a\r\nX-Mark: {mark}\r\n";
        return random.Next(4) switch
        {
            0 => ("HEAD", $"HEAD {head}\r\n", ""),
            1 => ("GET", $"GET {head}\r\n", ""),
            2 => ("POST", $"POST {head}Content-Length: {body.Length}\r\n\r\n{body}", body),
            _ => ("POST", $"POST {head}Transfer-Encoding: chunked\r\n\r\n{(body.Length == 0 ? "" : $"{body.Length:x}\r\n{body}\r\n")}0\r\n\r\n", body),
        };
    }

    // False: the origin ends the connection.
    private static async Task<bool> AnswerAsync(RawConnection wire, Random random, List<string> mixed)
    {
        var request = await wire.ReadRequestAsync();
        var mark = request["X-Mark"]!;
        if (request.Target != "/" + mark || (request.Body.Length > 0 && request.Body.Trim(request.Body[0]).Length > 0))
        {
            lock (mixed) mixed.Add($"{request.Target} {mark} {request.Body}");
        }

        var body = $"[{mark}]{request.Body}";
        var length = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        if (request.Method == "HEAD")
        {
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nX-Mark: {mark}\r\n{length}\r\n");
            return true;
        }

        var head = $"HTTP/1.1 200 OK\r\nX-Mark: {mark}\r\n";
        switch (random.Next(12))
        {
            case 0:
                await wire.SendAsync($"{head}{length}\r\n{body[..(body.Length / 2)]}");
                return false;
            case 1:
                return false;
            case 2:
                wire.Reset();
                return false;
            case 3:
                await wire.SendAsync($"{head}{length}\r\n{body}HTTP/1.1 200 OK\r\nX-Mark: beyond{mark}\r\nContent-Length: 1\r\n\r\n!");
                return true;
            case 4:
                await wire.SendAsync($"{head}\r\n{body}");
                return false;
            case 5:
                await wire.SendAsync($"HTTP/1.1 103 Early Hints\r\nX-Mark: {mark}\r\n\r\n{head}{length}\r\n{body}");
                return true;
            case 6:
                await wire.SendAsync($"{head}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
                return true;
            default:
                await wire.SendAsync($"{head}{length}\r\n{body}");
                return true;
        }
    }
}
