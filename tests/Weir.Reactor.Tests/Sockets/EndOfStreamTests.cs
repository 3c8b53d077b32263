using System.Net.Sockets;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>Bytes, then the end: never lost and never stuck, however events and receives fall.</summary>
public sealed class EndOfStreamTests : IDisposable
{
    private const int Longest = 20;

    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void DataAndFinInOneEventAreBytesThenTheEndForEveryShortRead() => ForEverySize((payload, atMost) =>
    {
        using var far = Peer.Pair(_loop, out var transport);
        var reading = _loop.Begin(() => ReadAndCompareAsync(transport, payload, atMost));
        _loop.Do(() =>
        {
            // The loop is here, so that both come in one event.
            far.Send(payload);
            far.Shutdown(SocketShutdown.Send);
        });
        TestLoop.Finish(reading);
    });

    [Fact]
    public void DataAndFinThatCameBeforeTheLoopDidAreBytesThenTheEnd() => ForEverySize((payload, atMost) =>
    {
        using var far = Peer.Pair(out int fd);
        far.Send(payload);
        far.Shutdown(SocketShutdown.Send);
        var transport = _loop.Get(() => _loop.Loop.Transports.Adopt(fd));
        _loop.Run(() => ReadAndCompareAsync(transport, payload, atMost));
    });

    [Fact]
    public void AFinBetweenTwoReceivesIsNotMissed() => ForEverySize((payload, atMost) =>
    {
        using var far = Peer.Pair(_loop, out var transport);
        far.Send(payload);
        _loop.Run(async () =>
        {
            var buffer = new byte[atMost];
            var got = 0;
            while (got < payload.Length) got += Math.Max(0, await transport.ReceiveAsync(buffer));
            far.Shutdown(SocketShutdown.Send);
            (await transport.ReceiveAsync(buffer)).ShouldBe(0);
            transport.Close();
        });
    });

    [Fact]
    public void DataThatComesAfterAShortReadIsSeen() => _loop.Run(async () =>
    {
        using var far = Peer.Pair(out int fd);
        var transport = _loop.Loop.Transports.Adopt(fd);
        var buffer = new byte[8];
        for (var i = 0; i < 1000; i++)
        {
            far.Send(new byte[1 + (i % 8)]);
            var got = 0;
            while (got < 1 + (i % 8)) got += await transport.ReceiveAsync(buffer);
        }

        transport.Close();
    });

    [Fact]
    public void TheEndStaysTheEnd() => _loop.Run(async () =>
    {
        using var far = Peer.Pair(out int fd);
        var transport = _loop.Loop.Transports.Adopt(fd);
        far.Shutdown(SocketShutdown.Send);
        for (var i = 0; i < 5; i++) (await transport.ReceiveAsync(new byte[4])).ShouldBe(0);
        transport.Close();
    });

    [Fact]
    public void AResetEndsReadingAndWriting()
    {
        var far = Peer.Pair(_loop, out var transport);
        var reading = _loop.Begin(async () =>
        {
            (await transport.ReceiveAsync(new byte[4])).ShouldBe(Transport.Failed);
            transport.Errno.ShouldBe(104);
            transport.HungUp.ShouldBeTrue();
            (await transport.SendAsync(new byte[4])).ShouldBeFalse();
            transport.Close();
        });
        far.Reset();
        TestLoop.Finish(reading);
    }

    [Fact]
    public void AResetEndsAWaitForRoom()
    {
        var far = Peer.Pair(_loop, out var transport);
        var writing = _loop.Begin(async () =>
        {
            (await transport.SendAsync(new byte[16 * 1024 * 1024])).ShouldBeFalse();
            transport.Close();
        });
        far.ReadExactly(1000);
        far.Reset();
        TestLoop.Finish(writing);
    }

    [Fact]
    public void HalfCloseLetsTheOtherDirectionGoOn()
    {
        using var far = Peer.Pair(_loop, out var transport);
        var serving = _loop.Begin(async () =>
        {
            (await transport.ReadToEndAsync()).Length.ShouldBe(5);
            transport.PeerFinished.ShouldBeTrue();
            transport.HungUp.ShouldBeFalse();
            (await transport.SendAsync(new byte[3_000_000])).ShouldBeTrue();
            transport.FinishSending();
            transport.Close();
        });
        far.Send(new byte[5]);
        far.Shutdown(SocketShutdown.Send);
        far.ReadToEnd().Length.ShouldBe(3_000_000);
        TestLoop.Finish(serving);
    }

    [Fact]
    public void UrgentDataHidesNothingBehindIt()
    {
        // A receive stops at the urgent mark: a short one, with bytes behind it and no further event.
        using var far = Peer.Pair(_loop, out var transport);
        var reading = _loop.Begin(async () =>
        {
            var all = "";
            var buffer = new byte[64];
            while (all.Length < 6)
            {
                var n = await transport.ReceiveAsync(buffer, patience: 2000);
                n.ShouldBeGreaterThan(0, $"stuck after '{all}'");
                all += System.Text.Encoding.ASCII.GetString(buffer, 0, n);
            }

            all.ShouldBe("abcdef");
            transport.Close();
        });
        _loop.Do(() =>
        {
            far.Send("abc"u8);
            far.Send("!"u8, SocketFlags.OutOfBand);
            far.Send("def"u8);
        });
        TestLoop.Finish(reading);
    }

    private static void ForEverySize(Action<byte[], int> check)
    {
        for (var length = 0; length <= Longest; length++)
        {
            var payload = Enumerable.Range(1, length).Select(static i => (byte)i).ToArray();
            for (var atMost = 1; atMost <= Longest + 1; atMost++) check(payload, atMost);
        }
    }

    private static async ValueTask ReadAndCompareAsync(Transport transport, byte[] payload, int atMost)
    {
        (await transport.ReadToEndAsync(atMost)).ShouldBe(payload);
        transport.Close();
    }
}
