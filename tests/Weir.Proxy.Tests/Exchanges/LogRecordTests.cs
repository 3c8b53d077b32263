using System.Runtime.CompilerServices;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>What the access log says of an exchange is of that exchange alone.</summary>
public class LogRecordTests
{
    [Fact]
    public async Task Bytes_sent_are_those_of_one_exchange_copied_or_spliced()
    {
        var large = $"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n{new string('x', 500_000)}";
        await using var origin = Origin.Answering(r => r.Target == "/large" ? large : Origin.Ok);
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url), logs: true);
        using var client = await gateway.ConnectAsync();
        foreach (var target in (string[])["/", "/large", "/", "/large"])
        {
            var before = client.Received.Length;
            (await client.AskAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
            await TestGateway.EventuallyAsync(() => gateway.Active == 0);
            SentBytes(gateway).ShouldBe(client.Received.Length - before);
        }
    }

    private static long SentBytes(TestGateway gateway)
    {
        var ring = gateway.Gateway.Loops[0].Log;
        ref var record = ref ring.Peek();
        Unsafe.IsNullRef(ref record).ShouldBeFalse();
        var sent = record.SentBytes;
        ring.Take();
        return sent;
    }
}
