using System.Text;

namespace Weir.Http.Fields;

/// <summary>Which fields belong to one connection, to framing, to forwarding or to identity, and what follows from that.</summary>
public static class FieldKinds
{
    /// <summary>Meant for one connection only: never forwarded. RFC 9110 §7.6.1.</summary>
    public static readonly FieldSet HopByHop = FieldSet.Of(
        KnownField.Connection, KnownField.KeepAlive, KnownField.ProxyConnection, KnownField.TE, KnownField.TransferEncoding,
        KnownField.Upgrade, KnownField.Http2Settings, KnownField.ProxyAuthenticate, KnownField.ProxyAuthorization);

    /// <summary>Who asked and on which way; worth nothing unless the peer is trusted.</summary>
    public static readonly FieldSet Forwarding = FieldSet.Of(
        KnownField.Forwarded, KnownField.XForwardedFor, KnownField.XForwardedProto, KnownField.XForwardedHost,
        KnownField.XForwardedPort, KnownField.XForwardedPrefix, KnownField.XRealIp);

    /// <summary>What an untrusted peer must not be able to say to an origin: <see cref="Forwarding"/>, the verified certificate, and that nobody waits for an answer.</summary>
    public static readonly FieldSet FromTrustedOnly = Forwarding.With(FieldSet.Of(KnownField.ClientCert, KnownField.ClientCertChain, KnownField.XWeirMirror));

    /// <summary>
    /// Fields that guards, routing or origins rely on. A client must not take them out by naming them in Connection, nor
    /// slip in a second one by writing '_' for '-', which many origins read as the same name.
    /// </summary>
    public static readonly FieldSet Guarded = Forwarding.With(FieldSet.Of(
        KnownField.Host, KnownField.ContentLength, KnownField.TransferEncoding, KnownField.Trailer, KnownField.Expect,
        KnownField.Via, KnownField.XRequestId, KnownField.XWeirMirror, KnownField.ClientCert, KnownField.ClientCertChain, KnownField.CdnLoop,
        KnownField.TraceParent, KnownField.TraceState, KnownField.Authorization, KnownField.Cookie, KnownField.SetCookie));

    /// <summary>What a request writer makes anew and never copies, whoever put it there.</summary>
    public static readonly FieldSet MadeForRequest = HopByHop.With(FieldSet.Of(KnownField.Host, KnownField.ContentLength));

    /// <summary>What a response writer makes anew and never copies, whoever put it there.</summary>
    public static readonly FieldSet MadeForResponse = HopByHop.With(KnownField.ContentLength);

    /// <summary>
    /// What is usually not copied: Expect is answered here, Trailer announces what may have been dropped, and nobody is trusted. A
    /// caller that relays the expectation or the trailers, or trusts the peer, leaves fields out of the set.
    /// </summary>
    public static readonly FieldSet NotCopiedToRequest =
        MadeForRequest.With(FieldSet.Of(KnownField.Expect, KnownField.Trailer)).With(FromTrustedOnly);

    /// <summary>As <see cref="NotCopiedToRequest"/>, for responses.</summary>
    public static readonly FieldSet NotCopiedToResponse = MadeForResponse.With(KnownField.Trailer);

    private const int LongestAlias = 64;

    // RFC 9110 §6.5.1: framing, routing, authentication, request modifiers, response control, content format.
    private static readonly HashSet<string> NotInTrailers = new(StringComparer.OrdinalIgnoreCase)
    {
        "age", "cache-control", "content-encoding", "content-location", "content-range", "content-type", "date", "expires",
        "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "location", "max-forwards", "origin",
        "pragma", "proxy-authentication-info", "range", "referer", "retry-after", "user-agent", "vary", "warning",
        "www-authenticate", "authentication-info", "alt-svc", "strict-transport-security", "set-cookie2", "accept",
        "accept-encoding", "accept-language", "accept-charset", "access-control-allow-origin", "access-control-allow-credentials",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> NotInTrailersBySpan =
        NotInTrailers.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A field that Connection must not nominate.</summary>
    public static bool IsGuarded(ReadOnlySpan<byte> name, KnownField id)
        => id != KnownField.Other ? Guarded.Contains(id) : StartsWithXForwarded(name);

    /// <summary>A name with '_' in it that would be guarded, or hop-by-hop, if that were '-'.</summary>
    public static bool IsAliasOfGuarded(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestAlias || !name.Contains((byte)'_')) return false;
        Span<byte> hyphened = stackalloc byte[LongestAlias];
        name.Replace(hyphened, (byte)'_', (byte)'-');
        hyphened = hyphened[..name.Length];
        var id = KnownFields.Find(hyphened);
        return IsGuarded(hyphened, id) || (id != KnownField.Other && HopByHop.Contains(id));
    }

    /// <summary>May not come after a body, whatever it says. RFC 9110 §6.5.1.</summary>
    public static bool IsForbiddenInTrailers(ReadOnlySpan<byte> name, KnownField id)
    {
        if (IsGuarded(name, id) || (id != KnownField.Other && HopByHop.Contains(id)) || IsAliasOfGuarded(name)) return true;
        Span<char> text = stackalloc char[LongestAlias];
        return name.Length <= LongestAlias
            && Ascii.ToUtf16(name, text, out var length) == System.Buffers.OperationStatus.Done
            && NotInTrailersBySpan.Contains(text[..length]);
    }

    private static bool StartsWithXForwarded(ReadOnlySpan<byte> name)
        => name.Length > 12 && Ascii.EqualsIgnoreCase(name[..12], "x-forwarded-"u8);
}
