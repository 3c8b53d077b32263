using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>
/// What OpenSSL reads and writes through: calls come from inside of its own functions, on the loop's thread, for the session that entered
/// last. Reading asks the socket at most once per event; writing only gathers, so that records leave together.
/// </summary>
internal static unsafe class SessionBio
{
    private static readonly nint Method = Make();

    // Whose call into OpenSSL this thread is in.
    [ThreadStatic] private static TlsSession? t_session;

    public static TlsSession Current => t_session!;

    /// <summary>0 when there is no memory. It belongs to the SSL that it is given to.</summary>
    public static nint New() => LibCrypto.BIO_new(Method);

    /// <summary>Around every call into OpenSSL that may read, write or call back.</summary>
    public static void Enter(TlsSession session) => t_session = session;

    private static nint Make()
    {
        var name = "weir"u8;
        nint method;
        fixed (byte* text = name) method = LibCrypto.BIO_meth_new(LibCrypto.BIO_get_new_index() | SslConstants.BioSourceSink, text);
        if (method == 0) throw TlsException.Of("no memory");
        LibCrypto.BIO_meth_set_read(method, &OnRead);
        LibCrypto.BIO_meth_set_write(method, &OnWrite);
        LibCrypto.BIO_meth_set_ctrl(method, &OnControl);
        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnRead(nint bio, byte* buffer, int length)
    {
        var received = t_session!.ReceiveRaw(buffer, length);
        if (received > 0) return received;
        if (received == TlsSession.WantRead) LibCrypto.BIO_set_flags(bio, SslConstants.BioRetryRead);
        else LibCrypto.BIO_clear_flags(bio, SslConstants.BioRetryRead);
        return received == 0 ? 0 : -1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(nint bio, byte* data, int length)
    {
        try
        {
            RecordBuffer.OfThread.Append(data, length);
            return length;
        }
        catch (OutOfMemoryException)
        {
            // Nothing may pass into OpenSSL; the connection fails.
            return -1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OnControl(nint bio, int command, nint number, void* pointer) => command switch
    {
        SslConstants.BioEof => t_session is { HasEnded: true } ? 1 : 0,
        SslConstants.BioFlush => 1,
        _ => 0,
    };
}
