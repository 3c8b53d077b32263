using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weir.Http.Addresses;
using Weir.Http.Fields;
using Weir.Http.Forwarding;
using Weir.Http.Http1;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Requests;

/// <summary>The fields that tell an origin who asked and on which way: X-Forwarded-*, Via, X-Request-Id. docs/forwarding.md.</summary>
internal static class ForwardingFields
{
    private static readonly FieldSet Rewritten = FieldKinds.MadeForRequest
        .With(FieldSet.Of(KnownField.Expect, KnownField.Trailer, KnownField.XRequestId, KnownField.Forwarded,
            KnownField.XForwardedFor, KnownField.XForwardedProto, KnownField.XForwardedHost, KnownField.XForwardedPort, KnownField.XForwardedPrefix));

    /// <summary>Fields of the table that are not copied to the origin, since they are written anew or end here.</summary>
    public static FieldSet NotCopied(Exchange x)
    {
        var set = Rewritten;
        // RFC 9110 §10.1.1: the expectation is the origin's to answer.
        if (x.Request.ExpectContinue) set = set.Without(KnownField.Expect);
        // What is known here goes before what a proxy in front says.
        if (x.Tls?.Field is not null) set = set.With(FieldSet.Of(KnownField.ClientCert, KnownField.ClientCertChain));
        return x.Request.Framing == Http.Messages.BodyFraming.Chunked ? set.Without(KnownField.Trailer) : set;
    }

    public static void Write(ref HeadWriter writer, Exchange x)
    {
        var hop = new ForwardedHop
        {
            Peer = ToIp(x.Peer),
            Scheme = x.Scheme,
            Authority = x.Request.Arena[x.ClientAuthority],
            Port = x.ListenerModel.Port,
            // The guard took out what an untrusted peer said.
            IsPeerTrusted = true,
        };
        ForwardedFields.WriteXForwarded(ref writer, x.Request.Fields, hop);
        if (x.Request.Fields.Has(KnownField.Forwarded)) ForwardedFields.WriteForwarded(ref writer, x.Request.Fields, hop);
        ForwardedFields.WriteVia(ref writer, x.Request.Version, "weir"u8);
        if (x.IsEarly && x.Request.Fields.IndexOf("early-data"u8) < 0)
        {
            writer.Raw("Early-Data: 1"u8);
            writer.EndField();
        }

        if (x.Tls?.Field is { } certificate)
        {
            writer.Raw("Client-Cert: "u8);
            writer.Raw(certificate);
            writer.EndField();
        }

        writer.Raw("X-Request-Id: "u8);
        writer.Raw(x.RequestId);
        writer.EndField();
    }

    [SkipLocalsInit]
    public static IpValue ToIp(PeerAddress peer)
    {
        Span<byte> bytes = stackalloc byte[16];
        return IpValue.FromBytes(bytes[..peer.CopyTo(bytes)]);
    }

    public static PeerAddress ToPeer(IpValue address, int port)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Bits);
        return new PeerAddress(address.IsV4 ? bytes[12..] : bytes, (ushort)port);
    }
}
