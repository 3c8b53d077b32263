using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tls;

/// <summary>TLS towards one server: its name, what is asked of its certificate, what is offered to it. Immutable; used by all loops.</summary>
public sealed unsafe class TlsClient
{
    private readonly ClientContext _context;
    private readonly byte[] _name;
    private readonly bool _isAddress;
    private readonly TlsClientOptions _options;

    /// <summary><paramref name="name"/> is asked for (SNI) and must be in the certificate; an IP address is not asked for. <see cref="TlsException"/>: a setting is refused.</summary>
    public TlsClient(string name, TlsClientOptions options)
    {
        _options = options;
        _context = ClientContext.Of(options);
        _isAddress = IPAddress.TryParse(name, out _);
        _name = [.. Encoding.ASCII.GetBytes(name), 0];
    }

    /// <summary>Null when there is no memory for a session.</summary>
    internal TlsSession? Connect(Transport transport, TlsTicket ticket)
    {
        var ssl = _context.NewSession();
        GC.KeepAlive(this);
        if (ssl == 0) return null;
        if (!TrySetName(ssl))
        {
            LibSsl.SSL_free(ssl);
            return null;
        }

        LibSsl.SSL_set_connect_state(ssl);
        ticket.OfferTo(ssl);
        return new TlsSession(transport, ssl, this, ticket);
    }

    /// <summary>After a handshake: the peer's key is one of those that are pinned, or none is.</summary>
    internal bool IsPinned(nint ssl)
    {
        if (_options.Pins.Count == 0) return true;
        var certificate = LibSsl.SSL_get1_peer_certificate(ssl);
        if (certificate == 0) return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        byte* der = null;
        var length = LibCrypto.i2d_X509_PUBKEY(LibCrypto.X509_get_X509_PUBKEY(certificate), &der);
        if (length > 0) SHA256.HashData(new ReadOnlySpan<byte>(der, length), hash);
        LibCrypto.CRYPTO_free(der, null, 0);
        LibCrypto.X509_free(certificate);
        if (length <= 0) return false;
        foreach (var pin in _options.Pins)
            if (hash.SequenceEqual(pin)) return true;
        return false;
    }

    private bool TrySetName(nint ssl)
    {
        fixed (byte* name = _name)
        {
            if (!_isAddress && LibSsl.SSL_ctrl(ssl, SslConstants.CtrlServerName, SslConstants.NameTypeHost, name) != 1) return false;
            if (!_options.Verifies) return true;
            var parameters = LibSsl.SSL_get0_param(ssl);
            if (_isAddress) return LibCrypto.X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1;
            LibCrypto.X509_VERIFY_PARAM_set_hostflags(parameters, SslConstants.HostNoPartialWildcards);
            return LibCrypto.X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSession(nint ssl, nint session)
    {
        // 1: the session is ours to free.
        SessionBio.Current.KeepTicket(session);
        return 1;
    }

    private sealed class ClientContext : TlsContext
    {
        private ClientContext(TlsClientOptions options)
            : base(LibSsl.TLS_client_method(), options.Spoken)
        {
            LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlSessionCacheMode, SslConstants.SessionCacheClient | SslConstants.SessionCacheNoInternal, null);
            LibSsl.SSL_CTX_sess_set_new_cb(handle, &OnSession);
            LibSsl.SSL_CTX_set_verify(handle, options.Verifies ? SslConstants.VerifyPeer : 0, 0);
            if (options.Verifies) Trust(options.Authorities);
            if (options.Identity is { } identity) Use(identity);
            var protocols = AlpnList(options.Protocols);
            fixed (byte* list = protocols) LibSsl.SSL_CTX_set_alpn_protos(handle, list, (uint)protocols.Length);
        }

        // OpenSSL counts who uses it: it goes with the last, by its finalizer.
        public static ClientContext Of(TlsClientOptions options) => new(options);
    }
}

/// <summary>The last session that a server gave a ticket for, to be resumed by the next connection of the same loop. LoopState.</summary>
public sealed class TlsTicket
{
    private nint _session;

    ~TlsTicket() => Replace(0);

    internal void Replace(nint session)
    {
        if (_session != 0) LibSsl.SSL_SESSION_free(_session);
        _session = session;
    }

    internal void OfferTo(nint ssl)
    {
        if (_session != 0) LibSsl.SSL_set_session(ssl, _session);
    }
}
