using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>Lists of certificates that their authority took back (RFC 5280 §5).</summary>
public static unsafe class TlsRevocationList
{
    /// <summary>The time of the next one is past: nothing that it is needed for is trusted. <see cref="TlsException"/>: these bytes are no such list.</summary>
    public static bool IsExpired(byte[] der)
    {
        var list = Parse(der);
        var next = LibCrypto.X509_CRL_get0_nextUpdate(list);
        var isExpired = next != 0 && LibCrypto.X509_cmp_current_time(next) < 0;
        LibCrypto.X509_CRL_free(list);
        return isExpired;
    }

    internal static nint Parse(byte[] der)
    {
        LibCrypto.ERR_clear_error();
        fixed (byte* start = der)
        {
            var at = start;
            var list = LibCrypto.d2i_X509_CRL(null, &at, der.Length);
            return list != 0 ? list : throw TlsException.Of("a revocation list cannot be read");
        }
    }
}
