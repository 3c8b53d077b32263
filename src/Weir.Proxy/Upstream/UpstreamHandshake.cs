using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Upstream;

/// <summary>TLS with an endpoint, within the time that connecting has.</summary>
internal static class UpstreamHandshake
{
    /// <summary>None: what is read and written from here on is the inside of TLS.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<Refusal> RunAsync(Exchange x, UpstreamConnection connection, long deadline)
    {
        var transport = connection.Transport;
        var endpoint = connection.Endpoint;
        if (endpoint.KnowsClients)
        {
            // Whom it is from is said in the clear, before all else.
            connection.Output.Timeout = (int)Math.Max(1, deadline - x.Owner.Loop.Now);
            var said = await connection.Output.FlushAsync();
            if (said != WireResult.Ok) return said == WireResult.TimedOut ? Refusal.ConnectTimeout : x.CancelReason(Refusal.UpstreamReset);
        }

        if (!transport.TryBeginTls(Upgrades.Requested(x).IsEmpty ? endpoint.Tls!.Client : endpoint.Tls!.Http1Client, endpoint.PerLoop[x.Owner.Index].Ticket)) return Refusal.UpstreamTlsFailed;
        return await TlsHandshake.RunAsync(x.Owner, transport, deadline) switch
        {
            Refusal.None => Refusal.None,
            Refusal.TlsHandshakeFailed => Reason(transport.TlsFault),
            Refusal.TlsHandshakeTimeout => Refusal.ConnectTimeout,
            _ => x.CancelReason(Refusal.UpstreamTlsFailed),
        };
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
