using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Proxy.Requests;

/// <summary>Whether an exchange may switch protocols, RFC 9110 §7.8, and the extended CONNECT of HTTP/2 that stands for it, RFC 8441.</summary>
internal static class Upgrades
{
    /// <summary>Bytes of a Sec-WebSocket-Key, RFC 6455 §4.1.</summary>
    public const int KeyLength = 24;

    /// <summary>
    /// The protocol that the client asks for and the route allows, as the client wrote it; empty when there is none. A client that
    /// offers several is not helped to choose: the request goes on without the offer.
    /// </summary>
    public static ReadOnlySpan<byte> Requested(Exchange x)
    {
        if (!x.Request.WantsUpgrade || x.Forward is not { } forward || !x.CanTunnel || forward.Cluster.IsHttp2Only) return default;
        var asked = x.Request.Fields.Get(KnownField.Upgrade);
        foreach (var protocol in forward.Upgrades)
            if (Ascii.EqualsIgnoreCase(asked, protocol)) return asked;
        return default;
    }

    /// <summary>A request to switch takes one of the route's places for tunnels, whatever the origin will say to it. False: there is none left.</summary>
    public static bool TryEnter(Exchange x)
    {
        if (!x.Request.WantsUpgrade || x.Reply is not null || Requested(x).IsEmpty) return true;
        x.HasTunnelPlace = x.RouteModel.State.TryEnterTunnel(x.RouteModel.MaxTunnels);
        if (!x.HasTunnelPlace) x.Refuse(Http.Refusal.TooManyTunnels);
        return x.HasTunnelPlace;
    }

    /// <summary>After <see cref="TryEnter"/>, at the end of the exchange.</summary>
    public static void Leave(Exchange x)
    {
        if (x.HasTunnelPlace) x.RouteModel.State.LeaveTunnel();
        x.HasTunnelPlace = false;
    }

    /// <summary>An extended CONNECT: it cannot go on as an ordinary request, and any answer of 2xx says that it was done.</summary>
    public static bool IsConnect(RequestHead request) => request.WantsUpgrade && request.Version == HttpVersion.Http2;

    /// <summary>The client of HTTP/2 gave no key, which an origin of HTTP/1 asks for: this exchange's own.</summary>
    public static bool NeedsKey(Exchange x)
        => IsConnect(x.Request) && Ascii.EqualsIgnoreCase(x.Request.Fields.Get(KnownField.Upgrade), "websocket"u8);

    /// <summary>The key that is sent for a client without one: as unlike others as the id of the request, which it is made of.</summary>
    public static void WriteKey(Exchange x, Span<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // No secret: RFC 6455 asks for a value that differs.
        SHA1.HashData(x.RequestId, hash);
#pragma warning restore CA5350
        Base64.EncodeToUtf8(hash[..16], key, out _, out _);
    }

    /// <summary>The origin's 101 switches to the protocol that was asked for.</summary>
    public static bool IsWanted(Exchange x)
    {
        var asked = Requested(x);
        return !asked.IsEmpty && x.Response.Fields.CountOf(KnownField.Upgrade) == 1
            && Ascii.EqualsIgnoreCase(x.Response.Fields.Get(KnownField.Upgrade), asked)
            && (!NeedsKey(x) || IsAccepted(x));
    }

    // RFC 6455 §4.1: what answers a key proves that the origin meant it. A client of HTTP/1 looks itself.
    private static bool IsAccepted(Exchange x)
    {
        Span<byte> joined = stackalloc byte[KeyLength + 36];
        WriteKey(x, joined);
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.CopyTo(joined[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[28];
#pragma warning disable CA5350 // RFC 6455 names it.
        SHA1.HashData(joined, hash);
#pragma warning restore CA5350
        Base64.EncodeToUtf8(hash, expected, out _, out _);
        return x.Response.Fields.Get(KnownField.SecWebSocketAccept).SequenceEqual(expected);
    }
}
