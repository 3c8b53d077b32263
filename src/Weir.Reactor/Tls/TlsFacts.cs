using System.Runtime.InteropServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>What was agreed on in a handshake, and who the client is by its certificate. Immutable.</summary>
public sealed unsafe class TlsFacts
{
    private static (nint Text, string Name)[] _known = [];

    /// <summary>Without its prefix: <c>1.3</c>.</summary>
    public required string Version { get; init; }

    /// <summary>As the registry of IANA calls it: <c>TLS_AES_128_GCM_SHA256</c>.</summary>
    public required string Cipher { get; init; }

    /// <summary>The name that the client asked for; empty when it asked for none.</summary>
    public required byte[] ServerName { get; init; }

    /// <summary>What ALPN agreed on; empty without.</summary>
    public required string Protocol { get; init; }

    public required bool IsResumed { get; init; }

    /// <summary>The client's certificate, verified, in DER; empty when it showed none.</summary>
    public required byte[] ClientCertificate { get; init; }

    internal static TlsFacts Of(nint ssl, byte[] asked, bool hasRule)
    {
        var version = LibSsl.SSL_version(ssl);
        return new TlsFacts
        {
            Version = version switch { SslConstants.Version13 => "1.3", SslConstants.Version12 => "1.2", _ => $"{version >> 8}.{version & 0xFF}" },
            Cipher = Known(LibSsl.SSL_CIPHER_standard_name(LibSsl.SSL_get_current_cipher(ssl))),
            ServerName = asked,
            Protocol = AgreedProtocol(ssl),
            IsResumed = LibSsl.SSL_session_reused(ssl) == 1,
            ClientCertificate = hasRule ? PeerCertificate(ssl) : [],
        };
    }

    /// <summary>The time of the peer's certificate is over.</summary>
    internal static bool IsExpired(nint ssl)
    {
        var certificate = LibSsl.SSL_get1_peer_certificate(ssl);
        if (certificate == 0) return false;
        var isExpired = LibCrypto.X509_cmp_current_time(LibCrypto.X509_get0_notAfter(certificate)) < 0;
        LibCrypto.X509_free(certificate);
        return isExpired;
    }

    private static byte[] PeerCertificate(nint ssl)
    {
        var certificate = LibSsl.SSL_get1_peer_certificate(ssl);
        if (certificate == 0) return [];
        byte* der = null;
        var length = LibCrypto.i2d_X509(certificate, &der);
        byte[] copy = length > 0 ? new ReadOnlySpan<byte>(der, length).ToArray() : [];
        LibCrypto.CRYPTO_free(der, null, 0);
        LibCrypto.X509_free(certificate);
        return copy;
    }

    private static string AgreedProtocol(nint ssl)
    {
        byte* name;
        uint length;
        LibSsl.SSL_get0_alpn_selected(ssl, &name, &length);
        var text = new ReadOnlySpan<byte>(name, (int)length);
        return text.IsEmpty ? "" : text.SequenceEqual("http/1.1"u8) ? "http/1.1" : text.SequenceEqual("h2"u8) ? "h2" : System.Text.Encoding.ASCII.GetString(text);
    }

    // OpenSSL's own text, the same few for every connection.
    private static string Known(nint text)
    {
        if (text == 0) return "";
        foreach (var known in _known)
            if (known.Text == text) return known.Name;
        var made = Marshal.PtrToStringUTF8(text)!;
        _known = [.. _known, (text, made)];
        return made;
    }
}
