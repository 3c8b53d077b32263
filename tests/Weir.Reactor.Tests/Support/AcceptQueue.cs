using System.Collections.Concurrent;
using System.Net;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Support;

/// <summary>Listens on a loop and hands out what was accepted.</summary>
internal sealed class AcceptQueue : IAcceptTarget, IDisposable
{
    private readonly TestLoop _loop;
    private readonly BlockingCollection<Transport> _accepted = [];

    public AcceptQueue(TestLoop loop, ListeningSocket socket)
    {
        _loop = loop;
        Socket = socket;
        Acceptor = new Acceptor(loop.Loop, socket, this);
        loop.Do(Acceptor.Start);
    }

    public ListeningSocket Socket { get; }

    public Acceptor Acceptor { get; }

    public int Count => _accepted.Count;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Socket.Address.Port);

    public static ListeningSocket BindLoopback(int group = 1)
        => ListeningSocket.Bind(SocketAddress.From(new IPEndPoint(IPAddress.Loopback, 0)), 1024, group);

    public void OnAccepted(Transport transport) => _accepted.Add(transport);

    public Transport Take() => _accepted.TryTake(out var transport, 10_000) ? transport : throw new TimeoutException("Nothing was accepted.");

    public void Dispose()
    {
        _loop.Do(() =>
        {
            Acceptor.Stop();
            while (_accepted.TryTake(out var transport)) transport.Abort();
        });
        Socket.Dispose();
        _accepted.Dispose();
    }
}
