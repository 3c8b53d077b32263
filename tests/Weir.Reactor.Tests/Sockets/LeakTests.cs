using System.Net;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>Whatever way connections end in, nothing of them stays.</summary>
public sealed class LeakTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void NothingIsLeftOfTenThousandConnectionsThatEndInEveryWay() => EndInEveryWay(10_000);

    [Fact]
    [Trait("Category", "Soak")]
    public void NothingIsLeftOfAHundredThousandConnectionsThatEndInEveryWay() => EndInEveryWay(100_000);

    private void EndInEveryWay(int count)
    {
        var before = Descriptors.Count();
        var server = EndingServer.Create(_loop);
        using (var socket = ListeningSocket.Bind(SocketAddress.From(new IPEndPoint(IPAddress.Any, 0)), 4096))
        {
            var acceptor = new Acceptor(_loop.Loop, socket, server);
            _loop.Do(acceptor.Start);
            var clients = Enumerable.Range(0, 2).Select(seed => Task.Factory.StartNew(
                () => EndingClient.Run(socket.Address.Port, count / 2, seed), TaskCreationOptions.LongRunning)).ToArray();
            Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(120)).GetAwaiter().GetResult();
            _loop.Until(() => acceptor.Accepted == count && server.Running == 0, "all were accepted and served to their end");
            _loop.Do(acceptor.Stop);
        }

        server.Surprises.ShouldBeEmpty();
        server.Seen.ShouldAllBe(static seen => seen > 0);
        _loop.Until(() => _loop.Loop.Transports.Open == 0, "every transport was closed");
        var (leased, pipes, reserved) = _loop.Get(() => (_loop.Loop.Buffers.Leased, _loop.Loop.Pipes.Leased, _loop.Loop.Buffers.Reserved));
        (leased, pipes).ShouldBe((0, 0));
        reserved.ShouldBeLessThan(4096 * 1024);
        _loop.Get(() => _loop.Loop.Wheel.MillisecondsToNext(_loop.Loop.Now)).ShouldBe(-1, "no deadline is left");
        _loop.Do(() =>
        {
            _loop.Loop.Pipes.Trim();
            _loop.Loop.Pipes.Trim();
        });
        Descriptors.Count().ShouldBe(before);
    }
}
