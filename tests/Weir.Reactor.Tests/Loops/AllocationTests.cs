// In Debug the compiler makes a class of every async method: each call allocates, and there is nothing to prove.
#if !DEBUG
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

/// <summary>A loop in steady state allocates nothing per event.</summary>
public sealed class AllocationTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Theory]
    [InlineData(64, 400)]
    [InlineData(1000, 40)]
    public void NothingIsAllocatedPerEventWithTwoNestedSuspendingMethods(int connections, int rounds)
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        var clients = Enumerable.Range(0, connections).Select(_ => Peer.Connect(queue.EndPoint)).ToArray();
        for (var i = 0; i < connections; i++)
        {
            var transport = queue.Take();
            _loop.Do(() => ServeAsync(transport));
        }

        Round(clients, 20);
        var (before, events) = _loop.Get(static () => (GC.GetAllocatedBytesForCurrentThread(), Loop.Current!.Counters.Events));
        Round(clients, rounds);
        var (after, eventsAfter) = _loop.Get(static () => (GC.GetAllocatedBytesForCurrentThread(), Loop.Current!.Counters.Events));
        (eventsAfter - events).ShouldBeGreaterThanOrEqualTo(connections * rounds);
        // What the posts of this test themselves cost, and nothing that grows with events.
        (after - before).ShouldBeLessThan(2048);
        foreach (var client in clients) client.Reset();
        _loop.Until(() => _loop.Loop.Transports.Open == 0, "all were closed");
        _loop.Get(() => _loop.Loop.Buffers.Leased).ShouldBe(0);
    }

    private static void Round(Socket[] clients, int rounds)
    {
        Span<byte> message = stackalloc byte[64];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var client in clients) client.Send(message);
            foreach (var client in clients) client.Receive(message).ShouldBe(message.Length);
        }
    }

    private static async Detached ServeAsync(Transport transport)
    {
        while (await ExchangeAsync(transport))
        {
        }

        transport.Close();
    }

    // Suspends in the method it awaits, with a deadline, and once more by a yield: a timer, the ready list and readiness.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> ExchangeAsync(Transport transport)
    {
        var lease = await ReadAsync(transport);
        if (lease.IsEmpty) return false;
        await transport.Loop.Yield();
        var sent = Send(transport, lease);
        transport.Loop.Buffers.Return(ref lease);
        return sent;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<Lease> ReadAsync(Transport transport)
    {
        while (true)
        {
            // An idle connection holds no buffer.
            if (await transport.Readable(transport.Loop.Now + 60_000) != WaitResult.Ready) return default;
            var lease = transport.Loop.Buffers.Rent(BufferSize.Tiny);
            var received = transport.TryReceive(ref lease);
            if (received > 0) return lease;
            transport.Loop.Buffers.Return(ref lease);
            if (received != Transport.WouldBlock) return default;
        }
    }

    private static unsafe bool Send(Transport transport, Lease lease) => transport.TrySend(lease.Pointer, lease.Available) == lease.Available;
}
#endif
