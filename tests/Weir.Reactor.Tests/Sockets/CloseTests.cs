using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>Closing a connection on which other methods wait.</summary>
public sealed class CloseTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void WhoWaitsGoesOnWithCancelledByTheReadyList() => WithTransport(async transport =>
    {
        var reader = ReadWaitAsync(transport);
        var writer = WriteWaitAsync(transport);
        transport.Close();
        reader.IsCompleted.ShouldBeFalse("the closing frame goes on first");
        (await reader).ShouldBe(WaitResult.Cancelled);
        (await writer).ShouldBe(WaitResult.Cancelled);
    });

    [Fact]
    public void TheObjectServesNoOtherConnectionBeforeWhoWaitedHasGoneOn() => WithTransport(async transport =>
    {
        using var far = Peer.Pair(out int fd);
        var reader = ReadWaitAsync(transport);
        transport.Close();
        var next = _loop.Loop.Transports.Adopt(fd);
        next.ShouldNotBeSameAs(transport);
        // Even when the next connection's events come first.
        far.Send([1]);
        (await next.ReceiveAsync(new byte[1])).ShouldBe(1);
        (await reader).ShouldBe(WaitResult.Cancelled);
        next.Close();
    });

    [Fact]
    public void TheObjectIsPooledOnceWhoWaitedHasGoneOn() => WithTransport(async transport =>
    {
        using var far = Peer.Pair(out int fd);
        var reader = ReadWaitAsync(transport);
        transport.Close();
        await reader;
        await _loop.Loop.Yield();
        var next = _loop.Loop.Transports.Adopt(fd);
        next.ShouldBeSameAs(transport);
        (await next.Readable(_loop.Loop.Now + 1)).ShouldBe(WaitResult.Ready, "a new connection may have bytes");
        next.TryReceive(new byte[1]).ShouldBe(Transport.WouldBlock);
        (await next.Readable(_loop.Loop.Now + 1)).ShouldBe(WaitResult.TimedOut);
        next.Close();
    });

    [Fact]
    public void AWaitThatEndedBeforeTheCloseKeepsItsOutcomeAndStillHoldsTheObject() => WithTransport(async transport =>
    {
        using var far = Peer.Pair(out int fd);
        var reader = ReadWaitAsync(transport);
        transport.InterruptReading();
        transport.Close();
        _loop.Loop.Transports.Adopt(fd).ShouldNotBeSameAs(transport);
        (await reader).ShouldBe(WaitResult.Cancelled);
    });

    [Fact]
    public void AMethodThatGoesOnAfterACloseFailsInsteadOfWaitingForEver() => WithTransport(async transport =>
    {
        var stubborn = StubbornAsync(transport);
        transport.Close();
        (await stubborn).ShouldBe(Transport.Failed);
    });

    [Fact]
    public void AClosedTransportEndsEveryWaitAtOnce() => WithTransport(async transport =>
    {
        transport.Close();
        (await transport.Readable(long.MaxValue)).ShouldBe(WaitResult.Cancelled);
        (await transport.Writable(long.MaxValue)).ShouldBe(WaitResult.Cancelled);
        transport.TryReceive(new byte[1]).ShouldBe(Transport.Failed);
        transport.TrySend(new byte[1]).ShouldBe(Transport.Failed);
        transport.Close();
        transport.Abort();
        transport.Detach().IsNone.ShouldBeTrue();
    });

    [Fact]
    public void AMethodThatWaitsToWriteIsWokenWhenAnotherClosesWithAFullBuffer() => WithTransport(async transport =>
    {
        var writer = transport.SendAsync(new byte[16 * 1024 * 1024]);
        writer.IsCompleted.ShouldBeFalse();
        var begun = _loop.Loop.Now;
        await new Waiter(_loop.Loop).Wait(_loop.Loop.Now + 5);
        transport.Abort();
        (await writer).ShouldBeFalse();
        (_loop.Loop.Now - begun).ShouldBeLessThan(5000);
    });

    [Fact]
    public void CancelWaitsEndsPresentAndLaterWaitsButClosesNothing() => WithTransport(async transport =>
    {
        var reader = ReadWaitAsync(transport);
        transport.CancelWaits();
        (await reader).ShouldBe(WaitResult.Cancelled);
        (await transport.Readable(long.MaxValue)).ShouldBe(WaitResult.Cancelled);
        transport.IsOpen.ShouldBeTrue();
        transport.TryReceive(new byte[1]).ShouldBe(Transport.WouldBlock);
        transport.Close();
    });

    [Fact]
    public void NoDeadlineOfAClosedConnectionStaysOnTheWheel() => WithTransport(async transport =>
    {
        var reader = ReadWaitAsync(transport, _loop.Loop.Now + 3_600_000);
        transport.Close();
        await reader;
        _loop.Loop.Wheel.MillisecondsToNext(_loop.Loop.Now).ShouldBe(-1);
    });

    [Fact]
    public void ADetachedSocketGoesOnOnAnotherLoop()
    {
        using var elsewhere = new TestLoop(index: 1);
        using var far = Peer.Pair(_loop, out var transport);
        far.Send([1, 2, 3]);
        var moved = _loop.Get(transport.Detach);
        _loop.Get(() => _loop.Loop.Transports.Open).ShouldBe(0);
        far.Shutdown(SocketShutdown.Send);
        elsewhere.Run(async () =>
        {
            var adopted = elsewhere.Loop.Transports.TryAdopt(moved)!;
            (await adopted.ReadToEndAsync(2)).ShouldBe(new byte[] { 1, 2, 3 });
            adopted.Close();
        });
    }

    [Fact]
    public void ADescriptorThatCannotBeWatchedIsClosedAndReported() => _loop.Do(() =>
    {
        using var file = File.OpenRead("/proc/self/stat");
        var before = _loop.Loop.Transports.Open;
        // A regular file: epoll refuses it, as it refuses everything when the kernel has no watch left.
        using var plain = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.Read, FileShare.None, 1, FileOptions.DeleteOnClose);
        var fd = Peer.Duplicate((int)plain.SafeFileHandle.DangerousGetHandle(), 0);
        Should.Throw<SystemCallException>(() => _loop.Loop.Transports.Adopt(fd)).Errno.ShouldBe(1);
        _loop.Loop.Transports.Open.ShouldBe(before);
        Peer.Duplicate(fd, 0).ShouldBe(-1, "it was closed");
    });

    private void WithTransport(Func<Transport, ValueTask> method)
    {
        using var far = Peer.Pair(_loop, out var transport);
        _loop.Run(() => method(transport));
        _loop.Get(() => _loop.Loop.Transports.Open).ShouldBeLessThanOrEqualTo(1);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<WaitResult> ReadWaitAsync(Transport transport, long deadline = long.MaxValue)
    {
        transport.TryReceive(new byte[1]).ShouldBe(Transport.WouldBlock);
        return await transport.Readable(deadline);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<WaitResult> WriteWaitAsync(Transport transport)
    {
        transport.Full();
        return await transport.Writable(long.MaxValue);
    }

    // Does not look at how its wait ended.
    private static async ValueTask<int> StubbornAsync(Transport transport)
    {
        while (true)
        {
            var received = transport.TryReceive(new byte[1]);
            if (received != Transport.WouldBlock) return received;
            await transport.Readable(long.MaxValue);
        }
    }
}
