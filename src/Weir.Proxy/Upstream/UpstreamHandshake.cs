using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;
using Weir.Reactor.Tls;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>TLS with an endpoint, within the time that connecting has.</summary>
internal static class UpstreamHandshake
{
    /// <summary>None: what is read and written from here on is the inside of TLS.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<Refusal> RunAsync(Exchange x, Transport transport, EndpointState endpoint, long deadline)
    {
        if (!transport.TryBeginTls(endpoint.Tls!.Client, endpoint.PerLoop[x.Owner.Index].Ticket)) return Refusal.UpstreamTlsFailed;
        while (true)
        {
            if (x.Owner.Loop.IsTurnOver) await x.Owner.Loop.Yield();
            x.Owner.Mark(TurnSteps.Handshake);
            var step = transport.TryHandshake();
            if (step == 1) return Refusal.None;
            if (step != Transport.WouldBlock) return Reason(transport.TlsFault);
            var wait = transport.IsFull ? await transport.Writable(deadline) : await transport.Readable(deadline);
            if (wait != WaitResult.Ready) return wait == WaitResult.TimedOut ? Refusal.ConnectTimeout : x.CancelReason(Refusal.UpstreamTlsFailed);
        }
    }

    private static Refusal Reason(TlsFault fault) => fault switch
    {
        TlsFault.Untrusted => Refusal.UpstreamCertificateUntrusted,
        TlsFault.Expired => Refusal.UpstreamCertificateExpired,
        TlsFault.OtherName => Refusal.UpstreamCertificateOtherName,
        TlsFault.Revoked => Refusal.UpstreamCertificateRevoked,
        TlsFault.Unpinned => Refusal.UpstreamCertificateUnpinned,
        _ => Refusal.UpstreamTlsFailed,
    };
}
