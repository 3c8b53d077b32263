using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Sockets;

public sealed class SpliceTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void ALargeTransferGoesThroughAPipeUnchanged()
    {
        using var source = Peer.Pair(_loop, out var from);
        using var sink = Peer.Pair(_loop, out var to);
        var bytes = new byte[20_000_000];
        new Random(5).NextBytes(bytes);
        var moving = _loop.Begin(async () =>
        {
            (await MoveAsync(from, to)).ShouldBe(bytes.Length);
            from.Close();
            to.Close();
        });
        var sender = new Thread(() =>
        {
            // In pieces that neither page nor pipe size divides.
            for (var i = 0; i < bytes.Length; i += 7777) source.Send(bytes, i, Math.Min(7777, bytes.Length - i), SocketFlags.None);
            source.Shutdown(SocketShutdown.Send);
        });
        sender.Start();
        sink.ReadToEnd().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        sender.Join();
        TestLoop.Finish(moving);
        _loop.Get(() => _loop.Loop.Pipes.Leased).ShouldBe(0);
    }

    [Fact]
    public void ASlowReceiverMakesPartialMovesAndLosesNothing()
    {
        using var source = Peer.Pair(_loop, out var from);
        using var sink = Peer.Pair(_loop, out var to);
        var moving = _loop.Begin(async () =>
        {
            (await MoveAsync(from, to)).ShouldBe(12_000_000);
            from.Close();
            to.Close();
        });
        var sender = new Thread(() =>
        {
            source.Send(new byte[12_000_000]);
            source.Shutdown(SocketShutdown.Send);
        });
        sender.Start();
        var piece = new byte[5000];
        var total = 0;
        for (int n; (n = sink.Receive(piece)) > 0;)
        {
            // Long pauses at first: every buffer on the way is full.
            if (total < 20 * piece.Length) Thread.Sleep(5);
            total += n;
        }

        total.ShouldBe(12_000_000);
        sender.Join();
        TestLoop.Finish(moving);
    }

    [Fact]
    public void TheEndOfTheSourceIsZero() => OneWay(async (far, from, _) =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        far.Send(new byte[10]);
        far.Shutdown(SocketShutdown.Send);
        (await FillAsync(from, pipe)).ShouldBe(10);
        from.TrySpliceTo(pipe, 100).ShouldBe(0);
        pipe.Filled.ShouldBe(10);
        _loop.Loop.Pipes.Return(pipe);
    });

    [Fact]
    public void AResetSourceFails() => OneWay(async (far, from, _) =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        far.Reset();
        (await FillAsync(from, pipe)).ShouldBe(Transport.Failed);
        _loop.Loop.Pipes.Return(pipe);
    });

    [Fact]
    public void AGoneReceiverFailsAndTheProcessLives() => OneWay(async (far, from, to) =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        to.FinishSending();
        far.Send(new byte[1000]);
        (await FillAsync(from, pipe)).ShouldBe(1000);
        to.TrySpliceFrom(pipe, pipe.Filled, more: false).ShouldBe(Transport.Failed);
        to.Errno.ShouldBe(32);
        pipe.Filled.ShouldBe(1000);
        _loop.Loop.Pipes.Return(pipe);
    });

    [Fact]
    public void AskingForMoreThanThePipeHoldsDoesNotMakeTheReceiverLookFull() => OneWay(async (far, from, to) =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        to.TrySpliceFrom(pipe, 100, more: false).ShouldBe(0);
        (await to.Writable(_loop.Loop.Now + 1000)).ShouldBe(WaitResult.Ready);
        far.Send(new byte[100]);
        (await FillAsync(from, pipe)).ShouldBe(100);
        to.TrySpliceFrom(pipe, 1_000_000, more: false).ShouldBe(100);
        (await to.Writable(_loop.Loop.Now + 1000)).ShouldBe(WaitResult.Ready);
        _loop.Loop.Pipes.Return(pipe);
    });

    [Fact]
    public void AFullPipeDoesNotMakeTheSourceLookEmpty() => OneWay(async (far, from, _) =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        var sending = Task.Run(() => far.Send(new byte[2_000_000]));
        while (true)
        {
            var moved = from.TrySpliceTo(pipe, 2_000_000);
            if (moved == Transport.WouldBlock && pipe.Filled > 0 && from.MayBeReadable) break;
            moved.ShouldBeOneOf(moved > 0 ? moved : Transport.WouldBlock);
            if (moved == Transport.WouldBlock) (await from.Readable(_loop.Loop.Now + 5000)).ShouldBe(WaitResult.Ready);
        }

        pipe.Filled.ShouldBeLessThanOrEqualTo(pipe.Capacity);
        _loop.Loop.Pipes.Return(pipe);
        from.Abort();
        try
        {
            await sending;
        }
        catch (SocketException)
        {
            // It was cut off.
        }
    });

    [Fact]
    public void APipeWithBytesInItIsNotPooled() => OneWay(async (far, from, _) =>
    {
        var pipes = _loop.Loop.Pipes;
        var dirty = pipes.TryRent()!;
        far.Send(new byte[3]);
        (await FillAsync(from, dirty)).ShouldBe(3);
        pipes.Return(dirty);
        var clean = pipes.TryRent()!;
        clean.ShouldNotBeSameAs(dirty);
        clean.Filled.ShouldBe(0);
        pipes.Return(clean);
        pipes.TryRent().ShouldBeSameAs(clean);
        pipes.Return(clean);
        pipes.Leased.ShouldBe(0);
    });

    [Fact]
    public void APipeIsReturnedOnce() => _loop.Do(() =>
    {
        var pipe = _loop.Loop.Pipes.TryRent()!;
        _loop.Loop.Pipes.Return(pipe);
        Should.Throw<InvalidOperationException>(() => _loop.Loop.Pipes.Return(pipe));
        _loop.Loop.Pipes.Leased.ShouldBe(0);
    });

    [Fact]
    public void UnusedPipesAreClosed()
    {
        var before = Descriptors.Count();
        using (var pool = new PipePool())
        {
            var pipes = Enumerable.Range(0, 100).Select(_ => pool.TryRent()!).ToArray();
            Descriptors.Count().ShouldBe(before + 200);
            foreach (var pipe in pipes) pool.Return(pipe);
            Descriptors.Count().ShouldBe(before + 128, "at most 64 are kept");
            pool.Trim();
            pool.Trim();
            Descriptors.Count().ShouldBe(before);
            pool.Return(pool.TryRent()!);
        }

        Descriptors.Count().ShouldBe(before);
    }

    private void OneWay(Func<Socket, Transport, Transport, ValueTask> method)
    {
        using var source = Peer.Pair(_loop, out var from);
        using var sink = Peer.Pair(_loop, out var to);
        _loop.Run(async () =>
        {
            await method(source, from, to);
            from.Close();
            to.Close();
        });
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> FillAsync(Transport from, Pipe pipe)
    {
        while (true)
        {
            var moved = from.TrySpliceTo(pipe, pipe.Capacity);
            if (moved != Transport.WouldBlock) return moved;
            (await from.Readable(from.Loop.Now + 5000)).ShouldBe(WaitResult.Ready);
        }
    }

    // Everything from one to the other; how many bytes.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<long> MoveAsync(Transport from, Transport to)
    {
        var pipe = from.Loop.Pipes.TryRent()!;
        var total = 0L;
        while (true)
        {
            var moved = await FillAsync(from, pipe);
            moved.ShouldBeGreaterThanOrEqualTo(0);
            if (moved == 0) break;
            total += moved;
            while (pipe.Filled > 0)
            {
                to.TrySpliceFrom(pipe, pipe.Filled, more: false).ShouldNotBe(Transport.Failed);
                if (pipe.Filled > 0) (await to.Writable(to.Loop.Now + 10_000)).ShouldBe(WaitResult.Ready);
            }
        }

        from.Loop.Pipes.Return(pipe);
        return total;
    }
}
