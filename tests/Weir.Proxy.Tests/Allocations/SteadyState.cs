using System.Diagnostics;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>
/// What the loops allocate once the pools are filled. Counted on their own threads, so that the clients and the origin of the test do not
/// matter.
/// </summary>
internal static class SteadyState
{
    public static readonly byte[] Hello = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    /// <summary>Without optimisation the compiler's machines are objects.</summary>
    public static bool Optimised => !typeof(Gateway).Assembly.GetCustomAttributes(false).OfType<DebuggableAttribute>().Any(static a => a.IsJITOptimizerDisabled);

    /// <summary>
    /// A pool grows to the most that were ever out at once, which a few rounds need not reach: what is allocated by each of so many shows in
    /// every window, growth does not.
    /// </summary>
    public static async Task ShouldAllocateNothingAsync(Gateway gateway, int perWindow, Func<Task> window)
    {
        var windows = new List<double>();
        while (windows.Count < 8 && !windows.Exists(static w => w < 1))
        {
            var before = await AllocatedAsync(gateway);
            await window();
            windows.Add((await AllocatedAsync(gateway) - before) / (double)perWindow);
        }

        windows.Min().ShouldBeLessThan(1, $"bytes each, window by window: {string.Join(' ', windows)}");
    }

    /// <summary>So many clients that each ask so often, and read to where an answer ends.</summary>
    public static async Task ShouldAllocateNothingAsync(TestGateway gateway, int connections, int rounds, string request, string answerEnds = "hello")
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ => await gateway.ConnectAsync()));
        var (bytes, end) = (Encoding.Latin1.GetBytes(request), Encoding.ASCII.GetBytes(answerEnds));
        for (var i = 0; i < 3; i++) await AskAsync(clients, bytes, Math.Max(10, rounds / 5), end);
        await ShouldAllocateNothingAsync(gateway.Gateway, connections * rounds, () => AskAsync(clients, bytes, rounds, end));
        foreach (var client in clients) client.Dispose();
    }

    private static Task AskAsync(RawConnection[] clients, byte[] request, int rounds, byte[] end)
    {
        return Task.WhenAll(clients.Select(async client =>
        {
            var buffer = new byte[4096];
            for (var round = 0; round < rounds; round++)
            {
                await client.Socket.SendAsync(request);
                for (var length = 0; !buffer.AsSpan(0, length).EndsWith(end);)
                {
                    var received = await client.Socket.ReceiveAsync(buffer.AsMemory(length)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                    received.ShouldBeGreaterThan(0);
                    length += received;
                }
            }
        }));
    }

    /// <summary>An origin that answers each request; <paramref name="bodyEnds"/>: how one with a body ends.</summary>
    public static async Task ServeAsync(RawConnection wire, string[] bodyEnds, Func<int, byte[]> answer)
    {
        var ends = bodyEnds.Select(Encoding.ASCII.GetBytes).ToArray();
        var buffer = new byte[4096];
        for (var number = 0; ; number++)
        {
            for (var length = 0; ;)
            {
                var received = await wire.Socket.ReceiveAsync(buffer.AsMemory(length));
                if (received == 0) return;
                length += received;
                var text = buffer.AsMemory(0, length);
                if (text.Span.StartsWith("GET"u8) ? text.Span.EndsWith("\r\n\r\n"u8) : Array.Exists(ends, e => text.Span.EndsWith(e))) break;
            }

            await wire.Socket.SendAsync(answer(number));
        }
    }

    private static async Task<long> AllocatedAsync(Gateway gateway)
    {
        var sum = 0L;
        foreach (var loop in gateway.Loops) await loop.RunAsync(_ => sum += GC.GetAllocatedBytesForCurrentThread());
        return sum;
    }
}
