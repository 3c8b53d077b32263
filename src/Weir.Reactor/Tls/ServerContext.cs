using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>What serves a set of names: one certificate of each kind of key, of which OpenSSL picks what the client can, and what is asked of clients.</summary>
internal sealed unsafe class ServerContext : TlsContext
{
    // The browsers' own limit; RFC 8446 §4.6.1 allows a week.
    private const int SessionLifetime = 24 * 3600;

    // By OpenSSL's own certificate, which is there as long as this context.
    private readonly List<(nint Certificate, OcspStaple Staple)> _staples = [];

    public ServerContext(string listener, TlsServerOptions options, IReadOnlyList<TlsIdentity> identities, TlsClientRule? rule)
        : base(LibSsl.TLS_server_method(), options.Spoken)
    {
        // Tickets only: a cache of sessions would be one more thing that grows.
        LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlSessionCacheMode, 0, null);
        if (options.PrefersOwnOrder) LibSsl.SSL_CTX_set_options(handle, SslConstants.OptionServerPreference | SslConstants.OptionPrioritizeChaCha);
        LibSsl.SSL_CTX_set_num_tickets(handle, 1);
        LibSsl.SSL_CTX_set_timeout(handle, SessionLifetime);
        if (options.TakesEarlyData)
        {
            // OpenSSL's guard against replay needs sessions that one process remembers; ours is that nothing is done twice (RFC 8470 §4).
            LibSsl.SSL_CTX_set_options(handle, SslConstants.OptionNoAntiReplay);
            LibSsl.SSL_CTX_set_max_early_data(handle, TlsSession.MaxEarlyData);
        }

        foreach (var identity in identities)
        {
            Use(identity);
            _staples.Add((LibSsl.SSL_CTX_get0_certificate(handle), identity.Staple));
        }

        if (rule is not null) Ask(rule);
        SessionId = SHA256.HashData([.. Encoding.UTF8.GetBytes($"{listener}\n{rule?.Id}\n"), .. identities.SelectMany(static i => SHA256.HashData(i.Chain[0]))]);
    }

    /// <summary>Names listener, certificates and what is asked of clients, for the sessions that are made with it: a session of another is not resumed.</summary>
    public byte[] SessionId { get; }

    /// <summary>What is stapled to a certificate of this context; null for none.</summary>
    public byte[]? StapleOf(nint certificate)
    {
        foreach (var (own, staple) in _staples)
            if (own == certificate) return staple.Response;
        return null;
    }

    /// <summary>For a handshake under a rule: which certificates of a client are taken.</summary>
    public static void Verify(nint ssl, TlsClientRule rule)
    {
        LibSsl.SSL_set_verify(ssl, SslConstants.VerifyPeer | (rule.IsRequired ? SslConstants.VerifyFailIfNoPeerCertificate : 0), &OnVerify);
        LibSsl.SSL_set_verify_depth(ssl, rule.Depth);
    }

    private void Ask(TlsClientRule rule)
    {
        Trust(rule.Authorities);
        foreach (var authority in rule.Authorities)
        {
            var certificate = Parse(authority);
            var added = LibSsl.SSL_CTX_add_client_CA(handle, certificate);
            LibCrypto.X509_free(certificate);
            if (added != 1) throw TlsException.Of("a certificate authority cannot be named to clients");
        }

        if (rule.RevocationLists.Count == 0) return;
        var store = LibSsl.SSL_CTX_get_cert_store(handle);
        foreach (var der in rule.RevocationLists)
        {
            var list = TlsRevocationList.Parse(der);
            var added = LibCrypto.X509_STORE_add_crl(store, list);
            LibCrypto.X509_CRL_free(list);
            if (added != 1) throw TlsException.Of("a revocation list cannot be used");
        }

        if (LibCrypto.X509_STORE_set_flags(store, SslConstants.StoreChecksCrl | SslConstants.StoreChecksAllCrls) != 1) throw TlsException.Of("revocation lists cannot be used");
    }

    // Authorities above the one that issued the client's certificate may have no list here: few publish one, and none was asked for.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnVerify(int isGood, nint verification)
    {
        if (isGood == 1 || LibCrypto.X509_STORE_CTX_get_error(verification) != SslConstants.VerifyNoCrl || LibCrypto.X509_STORE_CTX_get_error_depth(verification) == 0) return isGood;
        LibCrypto.X509_STORE_CTX_set_error(verification, 0);
        return 1;
    }
}
