using System.Net.Sockets;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

public sealed class UnixSocketTests : IDisposable
{
    private readonly TestLoop _loop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-reactor-").FullName;

    private string FilePath => Path.Combine(_folder, "s");

    public void Dispose()
    {
        _loop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void BytesGoBothWaysAndThePeerIsLoopback()
    {
        using var queue = new AcceptQueue(_loop, ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16));
        queue.Socket.IsGroup.ShouldBeFalse();
        _loop.Run(async () =>
        {
            var near = _loop.Loop.Transports.Connect(SocketAddress.Unix(FilePath), out var pending, out var errno)!;
            (pending, errno).ShouldBe((false, 0));
            await near.SendAsync(new byte[300_000]);
            near.FinishSending();
            (await near.ReadToEndAsync()).Length.ShouldBe(300_000);
            near.Close();
        },
        async () =>
        {
            while (queue.Count == 0) await _loop.Loop.Yield();
            var served = queue.Take();
            (served.Peer == PeerAddress.Loopback).ShouldBeTrue();
            var all = await served.ReadToEndAsync(1000);
            await served.SendAsync(all);
            served.Close();
        });
    }

    [Fact]
    public void AFileThatADeadProcessLeftIsReplaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(FilePath));
            dead.Listen();
            File.Copy("/dev/null", FilePath + ".other");
            // Moved aside, so that its end does not take the file along.
            File.Move(FilePath, FilePath + ".moved");
        }

        File.Move(FilePath + ".moved", FilePath);
        using var queue = new AcceptQueue(_loop, ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16));
        using var client = Peer.Connect(new UnixDomainSocketEndPoint(FilePath));
        queue.Take().ShouldNotBeNull();
    }

    [Fact]
    public void ALiveOneIsRefusedAndGoesOn()
    {
        using var queue = new AcceptQueue(_loop, ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16));
        Should.Throw<SystemCallException>(() => ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16)).Errno.ShouldBe(98);
        queue.Take().ShouldNotBeNull("the probe");
        using var client = Peer.Connect(new UnixDomainSocketEndPoint(FilePath));
        queue.Take().ShouldNotBeNull();
    }

    [Fact]
    public void ALiveOneWithAFullQueueIsRefused()
    {
        using var live = ListeningSocket.Bind(SocketAddress.Unix(FilePath), 0);
        using var client = Peer.Connect(new UnixDomainSocketEndPoint(FilePath));
        Should.Throw<SystemCallException>(() => ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16)).Errno.ShouldBe(98);
        File.Exists(FilePath).ShouldBeTrue();
    }

    [Fact]
    public void AFileThatIsNoSocketIsNotTouched()
    {
        File.WriteAllText(FilePath, "precious");
        Should.Throw<SystemCallException>(() => ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16)).Errno.ShouldBe(98);
        File.ReadAllText(FilePath).ShouldBe("precious");
    }

    [Fact]
    public void TheFileGoesWithTheSocket()
    {
        var socket = ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16);
        File.Exists(FilePath).ShouldBeTrue();
        socket.Dispose();
        File.Exists(FilePath).ShouldBeFalse();
        // A second dispose must not take the file of the next instance.
        using var next = ListeningSocket.Bind(SocketAddress.Unix(FilePath), 16);
        socket.Dispose();
        File.Exists(FilePath).ShouldBeTrue();
    }

    [Fact]
    public void AFileThatLeadsToAnotherProcessStays()
    {
        var address = SocketAddress.Unix(FilePath);
        var first = ListeningSocket.Bind(address, 16);
        var fd = Peer.Duplicate(first.FdFor(0), 0);
        first.KeepsPath = true;
        first.Dispose();
        using (var second = new AcceptQueue(_loop, ListeningSocket.Inherit(address, fd)))
        {
            using var client = Peer.Connect(new UnixDomainSocketEndPoint(FilePath));
            second.Take().ShouldNotBeNull();
        }

        File.Exists(FilePath).ShouldBeTrue();
    }

    [Fact]
    public void ConnectingWhereNothingListensFailsAtOnce() => _loop.Do(() =>
    {
        var before = Descriptors.Count();
        _loop.Loop.Transports.Connect(SocketAddress.Unix(FilePath), out _, out var errno).ShouldBeNull();
        errno.ShouldBe(2);
        Descriptors.Count().ShouldBe(before);
    });
}
