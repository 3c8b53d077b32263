using System.Runtime.CompilerServices;
using System.Text;
using Weir.Async;
using Weir.Http;
using Weir.Http.Streams;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Layer4;

/// <summary>
/// Chooses a connection's cluster. Where that depends on its TLS, and TLS does not end here, the first bytes are looked at and left where
/// they are: a ClientHello, no more than 16 KiB of it, within the handshake's time.
/// </summary>
internal static class StreamRouter
{
    private enum Look : byte { Wait, Chosen, Gone }

    /// <summary>False: the exchange has a refusal.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> ChooseAsync(Exchange x, Transport client)
    {
        x.Owner.Mark(TurnSteps.Match);
        var plan = x.ListenerModel.Stream!;
        if (plan.Matches.Length == 0) return Take(x, plan.Otherwise);
        if (x.Tls is { } tls) return Take(x, ByFacts(plan, tls.Facts));
        var deadline = x.Owner.Loop.Now + x.ListenerModel.HandshakeTimeout;
        while (true)
        {
            var look = TryLook(client, plan, out var route);
            if (look == Look.Chosen) return Take(x, route);
            if (look == Look.Gone) return Refuse(x, Refusal.ClientGone);
            var wait = await client.Readable(deadline);
            // A client that waits for the server to speak first asks for nothing.
            if (wait == WaitResult.TimedOut) return Take(x, plan.Otherwise);
            if (wait != WaitResult.Ready) return Refuse(x, Refusal.ClientGone);
        }
    }

    // What ALPN agreed on is all that is left of what was offered.
    [SkipLocalsInit]
    private static Route? ByFacts(StreamPlan plan, Reactor.Tls.TlsFacts facts)
    {
        Span<byte> offered = stackalloc byte[256];
        var length = Encoding.ASCII.GetBytes(facts.Protocol, offered[1..]);
        offered[0] = (byte)length;
        return ByName(plan, facts.ServerName, ClientHello.Agreed(offered[..(length == 0 ? 0 : length + 1)]));
    }

    [SkipLocalsInit]
    private static unsafe Look TryLook(Transport client, StreamPlan plan, out Route? route)
    {
        route = null;
        var bytes = stackalloc byte[ClientHello.MaxLength];
        Span<byte> scratch = stackalloc byte[ClientHello.MaxLength];
        var seen = client.TryPeek(bytes, ClientHello.MaxLength);
        if (seen == Transport.WouldBlock) return Look.Wait;
        if (seen <= 0) return Look.Gone;
        var outcome = ClientHello.TryParse(new ReadOnlySpan<byte>(bytes, seen), scratch, out var hello);
        if (outcome == ClientHelloOutcome.NeedMore && seen < ClientHello.MaxLength && !client.PeerFinished)
        {
            client.Drained();
            return Look.Wait;
        }

        route = outcome == ClientHelloOutcome.Done ? ByName(plan, hello.ServerName, hello) : plan.Otherwise;
        return Look.Chosen;
    }

    [SkipLocalsInit]
    private static Route? ByName(StreamPlan plan, ReadOnlySpan<byte> name, in ClientHello hello)
    {
        Span<byte> lower = stackalloc byte[256];
        // A name that is longer than any can be is none.
        if (name.Length > 255 || Ascii.ToLower(name, lower, out var length) != System.Buffers.OperationStatus.Done) length = 0;
        if (length > 0 && lower[length - 1] == '.') length--;
        return plan.Find(lower[..length], hello);
    }

    private static bool Take(Exchange x, Route? route)
    {
        if (route is null) return Refuse(x, Refusal.NoStream);
        x.RouteModel = route;
        return true;
    }

    private static bool Refuse(Exchange x, Refusal reason)
    {
        x.Refuse(reason);
        return false;
    }
}
