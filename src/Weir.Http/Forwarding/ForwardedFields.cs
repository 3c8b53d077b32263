using System.Runtime.CompilerServices;
using Weir.Http.Addresses;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Forwarding;

/// <summary>What this hop knows of where a request came from.</summary>
public readonly ref struct ForwardedHop
{
    /// <summary>The other end of the connection.</summary>
    public required IpValue Peer { get; init; }

    /// <summary>"http" or "https".</summary>
    public required ReadOnlySpan<byte> Scheme { get; init; }

    /// <summary>The host with port that the client asked for; may be empty in HTTP/1.0.</summary>
    public required ReadOnlySpan<byte> Authority { get; init; }

    /// <summary>The port that the client connected to.</summary>
    public required int Port { get; init; }

    /// <summary>The peer is a trusted proxy: what it says is kept and added to. Else what was received is not passed on.</summary>
    public required bool IsPeerTrusted { get; init; }
}

/// <summary>
/// Writes the forwarding fields of a request anew, trusted or not. The received ones are not copied
/// (<see cref="FieldKinds.Forwarding"/> is in <see cref="FieldKinds.NotCopiedToRequest"/>).
/// </summary>
public static class ForwardedFields
{
    /// <summary>One more Via line, which is the same as one more element. RFC 9110 §7.6.3. The name is a pseudonym, a token.</summary>
    public static void WriteVia(ref HeadWriter writer, HttpVersion received, ReadOnlySpan<byte> name)
    {
        writer.Raw(received switch
        {
            HttpVersion.Http10 => "Via: 1.0 "u8,
            HttpVersion.Http2 => "Via: 2 "u8,
            HttpVersion.Http3 => "Via: 3 "u8,
            _ => "Via: 1.1 "u8,
        });
        writer.Checked(name);
        writer.EndField();
    }

    /// <summary>X-Forwarded-For with the peer added; Proto, Host and Port as the client saw them; a Prefix that a trusted peer gave.</summary>
    public static void WriteXForwarded(ref HeadWriter writer, FieldTable received, in ForwardedHop hop)
    {
        writer.Raw("X-Forwarded-For: "u8);
        if (hop.IsPeerTrusted) WriteReceived(ref writer, received, KnownField.XForwardedFor);
        WriteAddress(ref writer, hop.Peer);
        writer.EndField();

        if (!Keep(ref writer, received, hop, KnownField.XForwardedProto, "X-Forwarded-Proto"u8))
        {
            writer.Raw("X-Forwarded-Proto: "u8);
            writer.Checked(hop.Scheme);
            writer.EndField();
        }

        if (!Keep(ref writer, received, hop, KnownField.XForwardedHost, "X-Forwarded-Host"u8) && !hop.Authority.IsEmpty)
        {
            writer.Raw("X-Forwarded-Host: "u8);
            writer.Checked(hop.Authority);
            writer.EndField();
        }

        if (!Keep(ref writer, received, hop, KnownField.XForwardedPort, "X-Forwarded-Port"u8))
        {
            writer.Raw("X-Forwarded-Port: "u8);
            writer.Decimal(hop.Port);
            writer.EndField();
        }

        Keep(ref writer, received, hop, KnownField.XForwardedPrefix, "X-Forwarded-Prefix"u8);
    }

    /// <summary>RFC 7239 §4: for, host and proto of this hop behind what a trusted peer said.</summary>
    public static void WriteForwarded(ref HeadWriter writer, FieldTable received, in ForwardedHop hop)
    {
        writer.Raw("Forwarded: "u8);
        if (hop.IsPeerTrusted) WriteReceived(ref writer, received, KnownField.Forwarded);
        writer.Raw(hop.Peer.IsV4 ? "for="u8 : "for=\"["u8);
        WriteAddress(ref writer, hop.Peer);
        if (!hop.Peer.IsV4) writer.Raw("]\""u8);
        if (!hop.Authority.IsEmpty && !hop.Authority.ContainsAny((byte)'"', (byte)'\\'))
        {
            // A colon or a bracket is not in a token.
            var quoted = !FieldRules.IsToken(hop.Authority);
            writer.Raw(quoted ? ";host=\""u8 : ";host="u8);
            writer.Checked(hop.Authority);
            if (quoted) writer.Raw("\""u8);
        }

        writer.Raw(";proto="u8);
        writer.Checked(hop.Scheme);
        writer.EndField();
    }

    [SkipLocalsInit]
    public static void WriteAddress(ref HeadWriter writer, IpValue address)
    {
        Span<byte> text = stackalloc byte[IpText.MaxLength];
        writer.Raw(text[..IpText.Format(address, text)]);
    }

    // All received values of a list field as one list, with the comma that the next element needs.
    private static void WriteReceived(ref HeadWriter writer, FieldTable received, KnownField id)
    {
        for (var at = received.IndexOf(id); at >= 0; at = received.IndexOf(id, at + 1))
        {
            if (received.Value(at).IsEmpty) continue;
            writer.Checked(received.Value(at));
            writer.Raw(", "u8);
        }
    }

    // The first hop's word, when it is unambiguous.
    private static bool Keep(ref HeadWriter writer, FieldTable received, in ForwardedHop hop, KnownField id, ReadOnlySpan<byte> name)
    {
        if (!hop.IsPeerTrusted || received.CountOf(id) != 1 || received.Get(id).IsEmpty) return false;
        writer.StartField(name);
        writer.Checked(received.Get(id));
        writer.EndField();
        return true;
    }
}
