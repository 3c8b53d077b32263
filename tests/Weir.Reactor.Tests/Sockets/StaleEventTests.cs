using System.Net.Sockets;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>An event of a connection that was closed in the same batch reaches neither its object nor the next owner of its descriptor.</summary>
public sealed class StaleEventTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void AStaleEventDoesNotReachAReusedDescriptor()
    {
        var reached = 0;
        for (var i = 0; i < 50; i++)
        {
            using var first = Peer.Pair(_loop, out var closer);
            using var second = Peer.Pair(_loop, out var closed);
            using var third = Peer.Pair(out int spare);
            Transport? next = null;
            var reading = _loop.Begin(async () =>
            {
                await closer.ReceiveAsync(new byte[1]);
                var fd = closed.Fd;
                closed.Close();
                // The number that has just become free, now with a connection that is open and silent.
                var reused = Peer.Duplicate(spare, fd);
                Libc.close(spare);
                next = _loop.Loop.Transports.Adopt(reused);
                if (next.Fd == fd) reached++;
                next.Drained();
                closer.Close();
            });
            var stale = _loop.Get(() => _loop.Loop.Counters.StaleEvents);
            _loop.Do(() =>
            {
                // Both while the loop is here: one batch, in this order.
                first.Send([1]);
                second.Shutdown(SocketShutdown.Send);
            });
            TestLoop.Finish(reading);
            _loop.Get(() => _loop.Loop.Counters.StaleEvents).ShouldBe(stale + 1);
            _loop.Get(() => (next!.PeerFinished, next.MayBeReadable)).ShouldBe((false, false));
            third.Send([7]);
            _loop.Run(async () => (await next!.ReceiveAsync(new byte[4])).ShouldBe(1));
            _loop.Do(next!.Close);
        }

        reached.ShouldBeGreaterThan(40, "the descriptor's number was reused");
    }

    [Fact]
    public void AReaderThatClosesItsOwnConnectionGetsNoSecondHalfOfTheEvent() => Repeat(() =>
    {
        // Readable and writable in one event: the reader closes, and the object serves another connection at once.
        using var far = Peer.Pair(_loop, out var transport);
        using var other = Peer.Pair(out int fd);
        Transport? next = null;
        var reading = _loop.Begin(async () =>
        {
            await transport.ReceiveAsync(new byte[1]);
            transport.Close();
            next = _loop.Loop.Transports.Adopt(fd);
            next.ShouldBeSameAs(transport);
            next.Full();
        });
        far.Send([1]);
        TestLoop.Finish(reading);
        _loop.Do(next!.Close);
    });

    [Fact]
    public void TheGenerationTellsAStaleReference() => _loop.Do(() =>
    {
        using var one = Peer.Pair(out int first);
        using var two = Peer.Pair(out int second);
        var transport = _loop.Loop.Transports.Adopt(first);
        var generation = transport.Generation;
        transport.Close();
        _loop.Loop.Transports.Adopt(second).ShouldBeSameAs(transport);
        transport.Generation.ShouldNotBe(generation);
        transport.Close();
    });

    private static void Repeat(Action check)
    {
        for (var i = 0; i < 20; i++) check();
    }
}
