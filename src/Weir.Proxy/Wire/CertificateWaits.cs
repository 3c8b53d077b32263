using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>Handshakes of a loop that wait for a certificate that is on its way. LoopState.</summary>
internal sealed class CertificateWaits(WaiterPool waiters)
{
    private readonly List<Waiter> _waiting = [];

    public int Count => _waiting.Count;

    /// <summary>Ready: something has come; Cancelled: the client is gone.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WaitResult> WaitAsync(Transport transport, long deadline)
    {
        if (IsGone(transport)) return WaitResult.Cancelled;
        var waiter = waiters.Rent();
        _waiting.Add(waiter);
        transport.Observer = new Departure(waiter);
        var result = await waiter.Wait(deadline);
        transport.Observer = null;
        _waiting.Remove(waiter);
        waiters.Return(waiter);
        return result;
    }

    /// <summary>Something has come; each looks whether it is what it waits for.</summary>
    public void Wake()
    {
        foreach (var waiter in _waiting) waiter.Signal();
    }

    // Who sends no more cannot end a handshake.
    private static bool IsGone(Transport transport) => transport.PeerFinished || transport.HungUp;

    // Nobody reads meanwhile: a client that left would keep its place among the handshakes until the deadline.
    private sealed class Departure(Waiter waiter) : ITransportObserver
    {
        public void OnUnreadEvent(Transport transport)
        {
            if (IsGone(transport)) waiter.Interrupt();
        }
    }
}
