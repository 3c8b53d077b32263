using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>Handshakes of a loop that wait for a certificate that is on its way. LoopState.</summary>
internal sealed class CertificateWaits(WaiterPool waiters)
{
    private readonly List<Waiter> _waiting = [];

    public int Count => _waiting.Count;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WaitResult> WaitAsync(long deadline)
    {
        var waiter = waiters.Rent();
        _waiting.Add(waiter);
        var result = await waiter.Wait(deadline);
        _waiting.Remove(waiter);
        waiters.Return(waiter);
        return result;
    }

    /// <summary>Something has come; each looks whether it is what it waits for.</summary>
    public void Wake()
    {
        foreach (var waiter in _waiting) waiter.Signal();
    }
}
