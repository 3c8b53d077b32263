using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Forwarding;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Listeners;

/// <summary>
/// Reads the header of the PROXY protocol at the start of a connection, and not a byte more: what follows may be TLS. It is looked at
/// until it is whole, and then taken.
/// </summary>
internal static class ProxyHeaderReader
{
    /// <summary>None and what it says; null for a proxy that speaks for itself.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<(Refusal Refusal, ProxyAnnouncement? Announcement)> RunAsync(Transport transport, long deadline)
    {
        while (true)
        {
            var step = TryRead(transport, out var announcement);
            if (step == ProxyHeaderOutcome.Done) return (Refusal.None, announcement);
            if (step == ProxyHeaderOutcome.Bad) return (Refusal.BadProxyHeader, null);
            var wait = await transport.Readable(deadline);
            if (wait != WaitResult.Ready) return (wait == WaitResult.TimedOut ? Refusal.ProxyHeaderTimeout : Refusal.ClientGone, null);
        }
    }

    [SkipLocalsInit]
    private static unsafe ProxyHeaderOutcome TryRead(Transport transport, out ProxyAnnouncement? announcement)
    {
        announcement = null;
        var buffer = stackalloc byte[ProxyHeader.MaxLength];
        var seen = transport.TryPeek(buffer, ProxyHeader.MaxLength);
        if (seen == Transport.WouldBlock) return ProxyHeaderOutcome.NeedMore;
        if (seen <= 0) return ProxyHeaderOutcome.Bad;
        var outcome = ProxyHeader.TryParse(new ReadOnlySpan<byte>(buffer, seen), out var header);
        if (outcome == ProxyHeaderOutcome.Done && header.Source is not null) announcement = new ProxyAnnouncement(new ReadOnlySpan<byte>(buffer, seen), header);
        if (outcome == ProxyHeaderOutcome.Done) return transport.TryReceive(buffer, header.Length) == header.Length ? outcome : ProxyHeaderOutcome.Bad;
        if (outcome == ProxyHeaderOutcome.Bad || transport.PeerFinished) return ProxyHeaderOutcome.Bad;
        transport.Drained();
        return ProxyHeaderOutcome.NeedMore;
    }
}
