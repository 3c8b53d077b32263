using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Weir.Sdk.Policies;

/// <summary>
/// The certificate that a client showed in its handshake, verified against the listener's <c>client-auth</c>. What is in it is read when
/// first asked for, once a connection. Belongs to its connection's loop.
/// </summary>
public sealed class ClientCertificate(ReadOnlyMemory<byte> der)
{
    private Parts? _parts;
    private byte[]? _fingerprint;

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Der => der;

    /// <summary>SHA-256 of <see cref="Der"/>, in lower-case hexadecimal.</summary>
    public ReadOnlySpan<byte> Fingerprint => _fingerprint ??= Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(der.Span)));

    /// <summary>Its subject: <c>CN=alice, O=Example</c>.</summary>
    public ReadOnlySpan<byte> Subject => Read().Subject;

    /// <summary>Who issued it, as <see cref="Subject"/>.</summary>
    public ReadOnlySpan<byte> Issuer => Read().Issuer;

    /// <summary>Its number, in upper-case hexadecimal.</summary>
    public ReadOnlySpan<byte> Serial => Read().Serial;

    /// <summary>The alternative names (RFC 5280 §4.2.1.6) that are a DNS name, a URI or an e-mail address: <c>DNS:a.example,URI:spiffe://b/c</c>. A comma in one of them is written <c>%2C</c>.</summary>
    public ReadOnlySpan<byte> AlternativeNames => Read().Names;

    /// <summary>The first alternative name that is a DNS name; empty when there is none.</summary>
    public ReadOnlySpan<byte> DnsName => Read().Dns;

    /// <summary>The first alternative name that is a URI, a SPIFFE id for instance; empty when there is none.</summary>
    public ReadOnlySpan<byte> Uri => Read().Uri;

    /// <summary>The first alternative name that is an e-mail address; empty when there is none.</summary>
    public ReadOnlySpan<byte> Email => Read().Email;

    private Parts Read() => _parts ??= Parts.Of(der.Span);

    private sealed record Parts(byte[] Subject, byte[] Issuer, byte[] Serial, byte[] Names, byte[] Dns, byte[] Uri, byte[] Email)
    {
        private const string AlternativeNames = "2.5.29.17";

        public static Parts Of(ReadOnlySpan<byte> der)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            var names = certificate.Extensions.FirstOrDefault(static e => e.Oid?.Value == AlternativeNames) is { } extension ? NamesOf(extension.RawData) : [];
            return new Parts(
                Encoding.UTF8.GetBytes(certificate.Subject),
                Encoding.UTF8.GetBytes(certificate.Issuer),
                Encoding.ASCII.GetBytes(certificate.SerialNumber),
                Encoding.UTF8.GetBytes(string.Join(',', names.Select(static n => n.Kind + ":" + n.Value.Replace(",", "%2C", StringComparison.Ordinal)))),
                First(names, "DNS"),
                First(names, "URI"),
                First(names, "email"));
        }

        private static byte[] First(List<(string Kind, string Value)> names, string kind)
            => Encoding.UTF8.GetBytes(names.FirstOrDefault(n => n.Kind == kind).Value ?? "");

        // OpenSSL took the certificate, but not every byte of an extension that it does not use: what cannot be read is not there.
        private static List<(string Kind, string Value)> NamesOf(byte[] extension)
        {
            var names = new List<(string, string)>();
            try
            {
                for (var sequence = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence(); sequence.HasData;)
                {
                    var tag = sequence.PeekTag();
                    var kind = tag.TagClass != TagClass.ContextSpecific ? null : tag.TagValue switch { 1 => "email", 2 => "DNS", 6 => "URI", _ => null };
                    if (kind is null) sequence.ReadEncodedValue();
                    else names.Add((kind, sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                }
            }
            catch (AsnContentException)
            {
                names.Clear();
            }

            return names;
        }
    }
}
