using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>An SSL_CTX: what connections of one kind have in common. OpenSSL counts its users, so connections outlive its disposal.</summary>
internal abstract unsafe class TlsContext : SafeHandleZeroOrMinusOneIsInvalid
{
    protected TlsContext(nint method, TlsSpoken spoken)
        : base(ownsHandle: true)
    {
        LibCrypto.ERR_clear_error();
        SetHandle(LibSsl.SSL_CTX_new(method));
        if (IsInvalid) throw TlsException.Of("no context");
        LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlMode, SslConstants.ModeReleaseBuffers, null);
        LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlReadAhead, 1, null);
        LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlMinVersion, spoken.Allows12 ? SslConstants.Version12 : SslConstants.Version13, null);
        LibSsl.SSL_CTX_set_options(handle, SslConstants.OptionNoRenegotiation | SslConstants.OptionNoCompression);
        if (spoken.Ciphers is { } ciphers && LibSsl.SSL_CTX_set_cipher_list(handle, ciphers) != 1) throw TlsException.Of($"'{ciphers}' is no list of ciphers");
        if (spoken.Suites is { } suites && LibSsl.SSL_CTX_set_ciphersuites(handle, suites) != 1) throw TlsException.Of($"'{suites}' is no list of cipher suites");
        if (spoken.Groups is { } groups) SetGroups(groups);
    }

    public nint Handle => handle;

    /// <summary>Protocols as RFC 7301 §3.1 lists them.</summary>
    public static byte[] AlpnList(IEnumerable<string> protocols) => [.. protocols.SelectMany(static p => Encoding.ASCII.GetBytes(p).Prepend((byte)p.Length))];

    /// <summary>An SSL that reads and writes through <see cref="SessionBio"/>; 0 when there is no memory.</summary>
    public nint NewSession()
    {
        var ssl = LibSsl.SSL_new(handle);
        if (ssl == 0) return 0;
        var bio = SessionBio.New();
        if (bio == 0)
        {
            LibSsl.SSL_free(ssl);
            return 0;
        }

        LibSsl.SSL_set_bio(ssl, bio, bio);
        return ssl;
    }

    /// <summary>Adds a certificate with its chain and key.</summary>
    public void Use(TlsIdentity identity)
    {
        for (var i = 0; i < identity.Chain.Count; i++)
        {
            var certificate = Parse(identity.Chain[i]);
            // use_certificate takes a reference of its own; add1_chain_cert too.
            var done = i == 0 ? LibSsl.SSL_CTX_use_certificate(handle, certificate) : (int)LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlChainCertificate, 1, (void*)certificate);
            LibCrypto.X509_free(certificate);
            if (done != 1) throw TlsException.Of(i == 0 ? "the certificate cannot be used" : $"certificate {i + 1} of the chain cannot be used");
        }

        nint key;
        fixed (byte* der = identity.Key)
        {
            var at = der;
            key = LibCrypto.d2i_AutoPrivateKey(null, &at, identity.Key.Length);
        }

        if (key == 0) throw TlsException.Of("the key cannot be read");
        var used = LibSsl.SSL_CTX_use_PrivateKey(handle, key);
        LibCrypto.EVP_PKEY_free(key);
        if (used != 1) throw TlsException.Of("the key cannot be used");
    }

    /// <summary>Peers' certificates are verified against these authorities (DER), or those of the system when null.</summary>
    protected void Trust(IReadOnlyList<byte[]>? authorities)
    {
        if (authorities is null)
        {
            if (LibSsl.SSL_CTX_set_default_verify_paths(handle) != 1) throw TlsException.Of("the system's certificate authorities cannot be used");
            return;
        }

        var store = LibSsl.SSL_CTX_get_cert_store(handle);
        foreach (var authority in authorities)
        {
            var certificate = Parse(authority);
            var added = LibCrypto.X509_STORE_add_cert(store, certificate);
            LibCrypto.X509_free(certificate);
            if (added != 1) throw TlsException.Of("a certificate authority cannot be used");
        }
    }

    internal static nint Parse(byte[] der)
    {
        fixed (byte* start = der)
        {
            var at = start;
            var certificate = LibCrypto.d2i_X509(null, &at, der.Length);
            return certificate != 0 ? certificate : throw TlsException.Of("a certificate cannot be read");
        }
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_CTX_free(handle);
        return true;
    }

    private void SetGroups(string groups)
    {
        var text = Marshal.StringToCoTaskMemUTF8(groups);
        var done = LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlGroupsList, 0, (void*)text);
        Marshal.FreeCoTaskMem(text);
        if (done != 1) throw TlsException.Of($"'{groups}' is no list of groups");
    }
}
