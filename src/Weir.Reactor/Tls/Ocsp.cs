using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>What an authority said.</summary>
public enum OcspStatus : byte
{
    /// <summary>The certificate is not revoked.</summary>
    Good,

    /// <summary>It is.</summary>
    Revoked,

    /// <summary>It does not know the certificate.</summary>
    Unknown,

    /// <summary>No answer that counts: not signed by the authority, not current, or none at all.</summary>
    Invalid,
}

/// <summary>An answer and how long it counts.</summary>
public readonly record struct OcspAnswer(OcspStatus Status, TimeSpan Left, string Reason);

/// <summary>Asking an authority for the state of a certificate (RFC 6960). Control plane.</summary>
public static unsafe class Ocsp
{
    // Clocks differ by some minutes.
    private const int Slack = 300;

    // An answer without a time of the next one is good for a day.
    private const int DefaultLifetime = 24 * 3600;

    /// <summary>The question in DER. <see cref="TlsException"/>: a certificate cannot be read.</summary>
    public static byte[] Request(byte[] certificate, byte[] issuer)
    {
        var request = LibCrypto.OCSP_REQUEST_new();
        if (request == 0) throw TlsException.Of("no memory");
        byte* der = null;
        try
        {
            // The request owns the id.
            if (LibCrypto.OCSP_request_add0_id(request, Id(certificate, issuer)) == 0) throw TlsException.Of("no question can be made");
            var length = LibCrypto.i2d_OCSP_REQUEST(request, &der);
            return length > 0 ? new ReadOnlySpan<byte>(der, length).ToArray() : throw TlsException.Of("no question can be made");
        }
        finally
        {
            LibCrypto.CRYPTO_free(der, null, 0);
            LibCrypto.OCSP_REQUEST_free(request);
        }
    }

    /// <summary>Checks an answer: whether the authority signed it, for this certificate, and whether it is current. <see cref="TlsException"/>: a certificate cannot be read.</summary>
    public static OcspAnswer Read(ReadOnlySpan<byte> answer, byte[] certificate, byte[] issuer)
    {
        LibCrypto.ERR_clear_error();
        nint response;
        fixed (byte* start = answer)
        {
            var at = start;
            response = LibCrypto.d2i_OCSP_RESPONSE(null, &at, answer.Length);
        }

        if (response == 0) return Invalid("it is no OCSP response");
        var basic = LibCrypto.OCSP_response_status(response) == 0 ? LibCrypto.OCSP_response_get1_basic(response) : 0;
        var status = LibCrypto.OCSP_response_status(response);
        LibCrypto.OCSP_RESPONSE_free(response);
        if (basic == 0) return Invalid($"the responder says {status}");
        try
        {
            return IsSigned(basic, issuer) ? StatusIn(basic, certificate, issuer) : Invalid("the authority did not sign it");
        }
        finally
        {
            LibCrypto.OCSP_BASICRESP_free(basic);
        }
    }

    private static OcspAnswer Invalid(string reason)
    {
        LibCrypto.ERR_clear_error();
        return new OcspAnswer(OcspStatus.Invalid, TimeSpan.Zero, reason);
    }

    // By the issuer, or by whom the issuer gave a certificate for that; the issuer need not be a root.
    private static bool IsSigned(nint basic, byte[] issuer)
    {
        var certificate = TlsContext.Parse(issuer);
        var store = LibCrypto.X509_STORE_new();
        var stack = LibCrypto.OPENSSL_sk_new_null();
        try
        {
            return store != 0 && stack != 0
                && LibCrypto.X509_STORE_add_cert(store, certificate) == 1
                && LibCrypto.X509_STORE_set_flags(store, SslConstants.StorePartialChain) == 1
                && LibCrypto.OPENSSL_sk_push(stack, certificate) > 0
                && LibCrypto.OCSP_basic_verify(basic, stack, store, 0) == 1;
        }
        finally
        {
            if (stack != 0) LibCrypto.OPENSSL_sk_free(stack);
            if (store != 0) LibCrypto.X509_STORE_free(store);
            LibCrypto.X509_free(certificate);
        }
    }

    private static OcspAnswer StatusIn(nint basic, byte[] certificate, byte[] issuer)
    {
        int status, reason;
        nint revoked, thisUpdate, nextUpdate;
        var id = Id(certificate, issuer);
        var found = LibCrypto.OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &thisUpdate, &nextUpdate);
        LibCrypto.OCSP_CERTID_free(id);
        if (found != 1) return Invalid("it is about other certificates");
        if (LibCrypto.OCSP_check_validity(thisUpdate, nextUpdate, Slack, nextUpdate == 0 ? DefaultLifetime : -1) != 1) return Invalid("it is not current");
        int days, seconds;
        var left = TimeSpan.FromSeconds(DefaultLifetime);
        if (nextUpdate != 0 && LibCrypto.ASN1_TIME_diff(&days, &seconds, 0, nextUpdate) == 1) left = new TimeSpan(days, 0, 0, seconds);
        return new OcspAnswer(status switch { SslConstants.StatusGood => OcspStatus.Good, SslConstants.StatusRevoked => OcspStatus.Revoked, _ => OcspStatus.Unknown }, left, "");
    }

    private static nint Id(byte[] certificate, byte[] issuer)
    {
        LibCrypto.ERR_clear_error();
        var subject = TlsContext.Parse(certificate);
        nint parent = 0;
        try
        {
            parent = TlsContext.Parse(issuer);
            var id = LibCrypto.OCSP_cert_to_id(LibCrypto.EVP_sha1(), subject, parent);
            return id != 0 ? id : throw TlsException.Of("no question can be made");
        }
        finally
        {
            LibCrypto.X509_free(subject);
            if (parent != 0) LibCrypto.X509_free(parent);
        }
    }
}
