using System.Net;
using System.Net.Sockets;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

public sealed class ListeningSocketTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(3, 3)]
    public void ASecondInstanceOnAnAddressIsRefused(int firstGroup, int secondGroup)
    {
        using var first = AcceptQueue.BindLoopback(firstGroup);
        var before = Descriptors.Count();
        Should.Throw<SystemCallException>(() => ListeningSocket.Bind(first.Address, 16, secondGroup)).Errno.ShouldBe(98);
        Descriptors.Count().ShouldBe(before);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ASecondProcessOnAnAddressIsRefused(int group)
    {
        using var first = AcceptQueue.BindLoopback(group);
        using var child = Child.Start("bind", first.Address.ToString(), "3");
        child.ReadAnswer().ShouldBe("98");
        child.WaitForExit();
    }

    [Fact]
    public void OfTwoInstancesThatStartAtOnceOneGetsTheAddress()
    {
        for (var i = 0; i < 200; i++)
        {
            SocketAddress address;
            using (var free = AcceptQueue.BindLoopback()) address = free.Address;
            var bound = 0;
            using var start = new Barrier(2);
            using var end = new Barrier(2);
            var threads = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                ListeningSocket? socket = null;
                try
                {
                    socket = ListeningSocket.Bind(address, 16, 4);
                    Interlocked.Increment(ref bound);
                }
                catch (SystemCallException)
                {
                    // The other one has it.
                }

                end.SignalAndWait();
                socket?.Dispose();
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            bound.ShouldBeLessThanOrEqualTo(1);
        }
    }

    [Fact]
    public void ALiveAddressIsFreeAgainOnceItsSocketIsClosed()
    {
        var first = AcceptQueue.BindLoopback(3);
        var address = first.Address;
        first.Dispose();
        first.Dispose();
        ListeningSocket.Bind(address, 16, 3).Dispose();
    }

    [Fact]
    public void EverySocketOfAGroupGetsConnections()
    {
        var loops = Enumerable.Range(0, 3).Select(static i => new TestLoop(index: i)).ToArray();
        using var socket = AcceptQueue.BindLoopback(3);
        socket.IsGroup.ShouldBeTrue();
        var queues = loops.Select(loop => new AcceptQueue(loop, socket)).ToArray();
        var clients = Enumerable.Range(0, 200).Select(_ => Peer.Connect(queues[0].EndPoint)).ToArray();
        loops[0].Until(() => queues.Sum(static queue => queue.Count) == 200, "all were accepted");
        queues.Min(static queue => queue.Count).ShouldBeGreaterThan(20);
        foreach (var client in clients) client.Reset();
        foreach (var queue in queues) queue.Dispose();
        foreach (var loop in loops) loop.Dispose();
    }

    [Fact]
    public void LoopsShareOneSocketAndNoConnectionIsLost()
    {
        var loops = Enumerable.Range(0, 3).Select(static i => new TestLoop(index: i)).ToArray();
        using var socket = AcceptQueue.BindLoopback();
        var queues = loops.Select(loop => new AcceptQueue(loop, socket)).ToArray();
        var clients = Enumerable.Range(0, 300).Select(_ => Peer.Connect(queues[0].EndPoint)).ToArray();
        loops[0].Until(() => queues.Sum(static queue => queue.Count) == 300, "all were accepted");
        foreach (var client in clients) client.Reset();
        foreach (var queue in queues) queue.Dispose();
        foreach (var loop in loops) loop.Dispose();
    }

    [Fact]
    public void AllAddressesOfBothFamiliesReportAnIpv4PeerAsIpv4()
    {
        SocketAddress.TryParse(":0", out var any).ShouldBeTrue();
        using var queue = new AcceptQueue(_loop, ListeningSocket.Bind(any, 16));
        using var v4 = Peer.Connect(new IPEndPoint(IPAddress.Loopback, queue.Socket.Address.Port));
        var peer = queue.Take().Peer;
        peer.IsIPv6.ShouldBeFalse();
        peer.ToString().ShouldBe(v4.LocalEndPoint!.ToString());
        using var v6 = Peer.Connect(new IPEndPoint(IPAddress.IPv6Loopback, queue.Socket.Address.Port));
        peer = queue.Take().Peer;
        peer.IsIPv6.ShouldBeTrue();
        peer.ToString().ShouldBe(v6.LocalEndPoint!.ToString());
    }

    [Fact]
    public void AnInheritedSocketAcceptsWithoutEverBlocking()
    {
        var parent = Peer.Listen();
        var fd = Peer.Duplicate((int)parent.Handle, 0);
        var address = (IPEndPoint)parent.LocalEndPoint!;
        parent.Dispose();
        using var queue = new AcceptQueue(_loop, ListeningSocket.Inherit(SocketAddress.From(new IPEndPoint(IPAddress.Loopback, 0)), fd));
        queue.Socket.Address.Port.ShouldBe(address.Port);
        _loop.Do(queue.Acceptor.DrainQueue);
        using var client = Peer.Connect(address);
        _loop.Run(async () =>
        {
            var transport = queue.Take();
            (await transport.SendAsync("hi"u8.ToArray())).ShouldBeTrue();
            transport.Close();
        });
        client.ReadToEnd().ShouldBe("hi"u8.ToArray());
        // Neither blocking nor passed on to children.
        Libc.fcntl(fd, 1, 0).ShouldBe(1);
        (Libc.fcntl(fd, 3, 0) & 0x800).ShouldBe(0x800);
    }

    [Fact]
    public void WhatDoesNotListenIsNotInherited()
    {
        using var far = Peer.Pair(out int fd);
        Should.Throw<SystemCallException>(() => ListeningSocket.Inherit(SocketAddress.From(new IPEndPoint(IPAddress.Loopback, 0)), fd)).Errno.ShouldBe(22);
        Should.Throw<SystemCallException>(() => ListeningSocket.Inherit(SocketAddress.From(new IPEndPoint(IPAddress.Loopback, 0)), 19_999)).Errno.ShouldBe(9);
        Libc.close(fd);
    }

    [Fact]
    public void AGroupHasAtLeastOneSocket()
        => Should.Throw<ArgumentOutOfRangeException>(() => AcceptQueue.BindLoopback(0));

    [Fact]
    public void AnAddressThatIsNotOursIsAnErrorThatLeavesNothing()
    {
        var before = Descriptors.Count();
        SocketAddress.TryParse("192.0.2.1:0", out var foreign).ShouldBeTrue();
        Should.Throw<SystemCallException>(() => ListeningSocket.Bind(foreign, 16, 4)).Errno.ShouldBe(99);
        Descriptors.Count().ShouldBe(before);
    }
}
