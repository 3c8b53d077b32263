using System.Globalization;
using System.Net;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

public sealed class AcceptorTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void WithoutDescriptorsItPausesWithoutSpinningAndServesTheQueueLater()
    {
        const int spare = 40, count = 60;
        using var child = Child.Start("scarce", "40");
        var address = new IPEndPoint(IPAddress.Loopback, int.Parse(child.ReadAnswer(), CultureInfo.InvariantCulture));
        var clients = Enumerable.Range(0, count).Select(_ => Peer.Connect(address)).ToArray();
        Thread.Sleep(300);
        var first = Ask("report");
        first.Accepted.ShouldBeLessThan(spare - 4, "some are kept for others");
        first.Pauses.ShouldBeGreaterThan(0);
        Thread.Sleep(1000);
        var second = Ask("report");
        (second.Pauses - first.Pauses).ShouldBeInRange(3, 15);
        (second.Cpu - first.Cpu).ShouldBeLessThan(300);

        // Each round lets the accepted go, and as many of the queue take their place.
        for (var i = 0; i < 60 && second.Accepted < count; i++)
        {
            second = Ask("close");
            Thread.Sleep(60);
        }

        second.Accepted.ShouldBe(count);
        foreach (var client in clients) client.Reset();
        child.StandardInput.Close();
        child.WaitForExit(10_000).ShouldBeTrue();

        (long Accepted, long Pauses, long Cpu) Ask(string command)
        {
            child.StandardInput.WriteLine(command);
            var answer = child.ReadAnswer().Split(' ').Select(static n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            return (answer[0], answer[1], answer[2]);
        }
    }

    [Fact]
    public void ASocketThatIsBrokenForGoodDoesNotSpinTheLoop()
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        // No longer listening: the kernel reports a hang-up for ever, and accept fails for ever.
        Native.Libc.shutdown(queue.Socket.FdFor(0), 2);
        Thread.Sleep(100);
        var (passes, pauses) = _loop.Get(() => (_loop.Loop.Counters.Passes, queue.Acceptor.Pauses));
        Thread.Sleep(1000);
        var (laterPasses, laterPauses) = _loop.Get(() => (_loop.Loop.Counters.Passes, queue.Acceptor.Pauses));
        (laterPauses - pauses).ShouldBeInRange(3, 15);
        (laterPasses - passes).ShouldBeLessThan(60);
    }

    [Fact]
    public void AStoppedAcceptorStaysStoppedAndTheKernelQueues()
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        _loop.Do(queue.Acceptor.Stop);
        using var client = Peer.Connect(queue.EndPoint);
        Thread.Sleep(250);
        queue.Count.ShouldBe(0);
        _loop.Do(queue.Acceptor.Start);
        queue.Take().ShouldNotBeNull();
    }

    [Fact]
    public void AnAcceptorThatItsTargetStopsAtTheCeilingStaysStopped()
    {
        using var socket = AcceptQueue.BindLoopback();
        var target = new StoppingTarget();
        var acceptor = target.Acceptor = new Acceptor(_loop.Loop, socket, target);
        _loop.Do(() =>
        {
            acceptor.Start();
            // As if the limit of open files were reached with the next connection.
            acceptor.Ceiling = 0;
        });
        using var client = Peer.Connect(new IPEndPoint(IPAddress.Loopback, socket.Address.Port));
        using var later = Peer.Connect(new IPEndPoint(IPAddress.Loopback, socket.Address.Port));
        Thread.Sleep(400);
        _loop.Get(() => (acceptor.Accepted, acceptor.Pauses)).ShouldBe((1, 0));
    }

    [Fact]
    public void DrainingAcceptsTheWholeQueue()
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        _loop.Do(queue.Acceptor.Stop);
        var clients = Enumerable.Range(0, 100).Select(_ => Peer.Connect(queue.EndPoint)).ToArray();
        _loop.Do(queue.Acceptor.DrainQueue);
        queue.Count.ShouldBe(100);
        foreach (var client in clients) client.Reset();
    }

    [Fact]
    public void DrainingABrokenSocketDoesNotStartItAgain()
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        _loop.Do(queue.Acceptor.Stop);
        Native.Libc.shutdown(queue.Socket.FdFor(0), 2);
        _loop.Do(queue.Acceptor.DrainQueue);
        Thread.Sleep(250);
        _loop.Get(() => queue.Acceptor.Pauses).ShouldBe(0);
    }

    [Fact]
    public void ATargetThatStopsItGetsNoFurtherConnection()
    {
        using var socket = AcceptQueue.BindLoopback();
        var target = new OneOnly();
        var acceptor = new Acceptor(_loop.Loop, socket, target);
        target.Acceptor = acceptor;
        var clients = Enumerable.Range(0, 10).Select(_ => Peer.Connect(new IPEndPoint(IPAddress.Loopback, socket.Address.Port))).ToArray();
        _loop.Do(acceptor.Start);
        _loop.Until(() => target.Count > 0, "one was accepted");
        Thread.Sleep(50);
        _loop.Get(() => target.Count).ShouldBe(1);
        foreach (var client in clients) client.Reset();
    }

    [Fact]
    public void AConnectionThatWasResetInTheQueueHarmsNobody()
    {
        using var queue = new AcceptQueue(_loop, AcceptQueue.BindLoopback());
        _loop.Do(() =>
        {
            for (var i = 0; i < 20; i++) Peer.Connect(queue.EndPoint).Reset();
        });
        using var client = Peer.Connect(queue.EndPoint);
        client.Send([42]);
        _loop.Run(async () =>
        {
            var buffer = new byte[1];
            var good = 0;
            for (var i = 0; i < 21 && good == 0; i++)
            {
                while (queue.Count == 0) await _loop.Loop.Yield();
                var transport = queue.Take();
                if (await transport.ReceiveAsync(buffer) == 1) good = buffer[0];
                transport.Close();
            }

            good.ShouldBe(42);
        });
    }

    private sealed class OneOnly : IAcceptTarget
    {
        public Acceptor Acceptor { get; set; } = null!;

        public int Count { get; private set; }

        public void OnAccepted(Transport transport)
        {
            Count++;
            Acceptor.Stop();
            transport.Abort();
        }
    }

    private sealed class StoppingTarget : IAcceptTarget
    {
        public Acceptor? Acceptor { get; set; }

        public void OnAccepted(Transport transport)
        {
            transport.Abort();
            Acceptor!.Stop();
        }
    }
}
