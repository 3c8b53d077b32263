using System.Diagnostics;
using System.Net.Sockets;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Loops;

/// <summary>One endless transfer does not starve the other connections of its loop.</summary>
public sealed class FairnessTests : IDisposable
{
    private readonly TestLoop _loop = new();
    private bool _stop;

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void AMethodThatOnlyYieldsLeavesRoomForEveryOtherConnection()
    {
        var turns = 0L;
        var busy = _loop.Begin(async () =>
        {
            for (; !Volatile.Read(ref _stop); turns++) await _loop.Loop.Yield();
        });
        Median(Pings(300)).ShouldBeLessThan(TimeSpan.FromMilliseconds(20));
        Volatile.Write(ref _stop, true);
        TestLoop.Finish(busy);
        turns.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void AnEndlessStreamLeavesRoomForEveryOtherConnection()
    {
        using var source = Peer.Pair(_loop, out var stream);
        var received = 0L;
        var reading = _loop.Begin(async () =>
        {
            var buffer = new byte[64 * 1024];
            var turn = 0;
            while (true)
            {
                var n = await stream.ReceiveAsync(buffer);
                if (n <= 0) break;
                received += n;
                turn += n;
                if (turn < _loop.Loop.TurnBytes) continue;
                turn = 0;
                await _loop.Loop.Yield();
            }

            stream.Close();
        });
        var sender = new Thread(() =>
        {
            var bytes = new byte[256 * 1024];
            while (!Volatile.Read(ref _stop)) source.Send(bytes);
            source.Shutdown(SocketShutdown.Both);
        });
        sender.Start();
        var pings = Pings(300);
        Volatile.Write(ref _stop, true);
        sender.Join();
        TestLoop.Finish(reading);
        Median(pings).ShouldBeLessThan(TimeSpan.FromMilliseconds(20));
        received.ShouldBeGreaterThan(10_000_000);
    }

    [Fact]
    public void ATurnIsOverAfterItsTime()
    {
        using var loop = new TestLoop(new LoopOptions { TurnTime = TimeSpan.FromMilliseconds(200) });
        loop.Do(() =>
        {
            loop.Loop.IsTurnOver.ShouldBeFalse();
            Thread.Sleep(220);
            loop.Loop.IsTurnOver.ShouldBeTrue();
        });
        loop.Get(() => loop.Loop.IsTurnOver).ShouldBeFalse("a post is a turn of its own");
    }

    private TimeSpan[] Pings(int count)
    {
        using var far = Peer.Pair(_loop, out var transport);
        var echo = _loop.Begin(() => EchoAsync(transport));
        var byteOf = new byte[1];
        var times = new TimeSpan[count];
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            far.Send(byteOf);
            far.Receive(byteOf).ShouldBe(1);
            times[i] = Stopwatch.GetElapsedTime(started);
        }

        far.Shutdown(SocketShutdown.Send);
        TestLoop.Finish(echo);
        return times;
    }

    private static async ValueTask EchoAsync(Transport transport)
    {
        var buffer = new byte[16];
        for (int n; (n = await transport.ReceiveAsync(buffer)) > 0;) await transport.SendAsync(buffer.AsMemory(0, n));
        transport.Close();
    }

    private static TimeSpan Median(TimeSpan[] times) => times.Order().ElementAt(times.Length / 2);
}
