using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>The steps of a handshake, with a client or an origin.</summary>
internal static class TlsHandshake
{
    /// <summary>None: what is read and written from here on is the inside of TLS. No more than <paramref name="mostWaiting"/> wait for a certificate: others must find room.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<Refusal> RunAsync(ProxyLoop owner, Transport transport, long deadline, int mostWaiting = 0)
    {
        while (true)
        {
            // A step takes as long as some dozen requests: a crowd of them must not be one turn.
            if (owner.Loop.IsTurnOver) await owner.Loop.Yield();
            owner.Mark(TurnSteps.Handshake);
            var step = transport.TryHandshake();
            if (step == 1) return Refusal.None;
            if (step == Transport.NeedsCertificate)
            {
                if (owner.Draining) return Refusal.ShuttingDown;
                if (owner.CertificateWaits.Count >= mostWaiting) return Refusal.TooManyHandshakes;
                var come = await owner.CertificateWaits.WaitAsync(transport, deadline);
                if (come == WaitResult.Ready) continue;
                return come == WaitResult.TimedOut ? Refusal.CertificateMissing : Refusal.ClientGone;
            }

            if (step != Transport.WouldBlock) return Refusal.TlsHandshakeFailed;
            var wait = transport.IsFull ? await transport.Writable(deadline) : await transport.Readable(deadline);
            if (wait != WaitResult.Ready) return wait == WaitResult.TimedOut ? Refusal.TlsHandshakeTimeout : Refusal.ClientGone;
        }
    }
}
