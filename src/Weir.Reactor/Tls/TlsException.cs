using System.Runtime.InteropServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>OpenSSL refuses a setting or a certificate: the operator's mistake, told when a configuration is compiled.</summary>
public sealed class TlsException(string message) : Exception(message)
{
    internal static TlsException Of(string what)
    {
        var reason = Marshal.PtrToStringUTF8(LibCrypto.ERR_reason_error_string(LibCrypto.ERR_peek_last_error()));
        LibCrypto.ERR_clear_error();
        return new TlsException(reason is null ? what : $"{what}: {reason}");
    }
}
