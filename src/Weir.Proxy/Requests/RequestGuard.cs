using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Forwarding;
using Weir.Http.Messages;

namespace Weir.Proxy.Requests;

/// <summary>
/// The first step of an exchange whose head was understood: who is the client, what is the request called, and is it one that Weir
/// serves at all. Framing and syntax were the codec's business.
/// </summary>
internal static class RequestGuard
{
    // A request that passed this many Weirs is going round in a circle.
    private const int MaxHops = 20;
    public const int LongestRequestId = 128;

    /// <summary>False: the exchange has a refusal.</summary>
    public static bool Accept(Exchange x)
    {
        Identify(x);
        var refusal = x.IsEarly && !IsSafe(x.Request.Method) ? Refusal.TooEarly : Judge(x.Request);
        return refusal == Refusal.None || Refuse(x, refusal);
    }

    /// <summary>What is not served, whatever the routes say; None when it is.</summary>
    public static Refusal Judge(RequestHead request)
    {
        // A tunnel to anywhere is a forward proxy's business, and TRACE shows fields that the client must not see.
        if (request.Method is HttpMethod.Connect or HttpMethod.Trace || request.Form == TargetForm.Authority) return Refusal.NotImplemented;
        return CountVia(request.Fields) >= MaxHops ? Refusal.LoopDetected : Refusal.None;
    }

    // RFC 8470 §4: what may be played again must not do anything.
    private static bool IsSafe(HttpMethod method) => method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Options;

    /// <summary>A client of HTTP/2 may have taken it back before its turn came.</summary>
    public static bool IsWanted(Exchange x)
    {
        if (x.IsClientGone) x.Refuse(Refusal.ClientGone);
        return !x.IsClientGone;
    }

    /// <summary>After matching: what the route says of the request's body, as far as the head tells, and of a switch to another protocol.</summary>
    public static bool AcceptOnRoute(Exchange x)
    {
        // RFC 8441 §4: of this request nothing is left without the protocol that it asks for.
        if (Upgrades.IsConnect(x.Request) && x.Refusal == Refusal.None && Upgrades.Requested(x).IsEmpty) return Refuse(x, Refusal.NotImplemented);
        if (x.Request.Framing != BodyFraming.Length || x.Request.ContentLength <= x.RouteModel.MaxBody) return true;
        x.MustClose = true;
        return Refuse(x, Refusal.BodyTooLarge);
    }

    /// <summary>Gives an exchange an id whose head was refused before it could have one.</summary>
    public static void EnsureRequestId(Exchange x)
    {
        if (x.RequestIdText.IsEmpty) x.RequestIdText = NewRequestId(x);
    }

    private static void Identify(Exchange x)
    {
        var trusted = x.ListenerModel.TrustedProxies;
        if (!trusted.IsEmpty)
        {
            var peer = ForwardingFields.ToIp(x.Peer);
            if (trusted.Contains(peer))
            {
                x.IsPeerTrusted = true;
                var client = ClientAddress.Find(x.Request.Fields, peer, trusted);
                if (client != peer) x.ClientPeer = ForwardingFields.ToPeer(client, 0);
            }
        }

        // What remains is a trusted proxy's word, or what a policy sets later. The host is kept as the client gave it.
        if (!x.IsPeerTrusted) x.Request.Fields.Remove(FieldKinds.FromTrustedOnly);
        x.ClientAuthority = x.Request.Authority;
        x.RequestIdText = RequestId(x);
    }

    private static TextSlice RequestId(Exchange x)
    {
        var fields = x.Request.Fields;
        if (x.IsPeerTrusted && fields.CountOf(KnownField.XRequestId) == 1)
        {
            var given = fields[fields.IndexOf(KnownField.XRequestId)].Value;
            if (given.Length is > 0 and <= LongestRequestId && !fields.Arena[given].ContainsAnyExceptInRange((byte)'!', (byte)'~')) return given;
        }

        return NewRequestId(x);
    }

    private static TextSlice NewRequestId(Exchange x)
    {
        if (!x.Request.Arena.TryReserve(RequestIdSource.Length, out var slice)) return default;
        x.Owner.RequestIds.Write(x.Request.Arena.Writable(slice), x.Owner.UtcMilliseconds);
        return slice;
    }

    private static int CountVia(FieldTable fields)
    {
        var count = 0;
        for (var at = fields.IndexOf(KnownField.Via); at >= 0; at = fields.IndexOf(KnownField.Via, at + 1))
            count += fields.Value(at).Count(" weir"u8);
        return count;
    }

    private static bool Refuse(Exchange x, Refusal reason)
    {
        x.Refuse(reason);
        return false;
    }
}
