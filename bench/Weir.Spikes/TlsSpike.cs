using System.Net;
using System.Runtime.InteropServices;
using Weir.Async;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Spikes;

/// <summary>
/// Where TLS meets leases: SSL_read on the descriptor (<c>fd</c>, with read-ahead), or libssl between two memory BIOs with the loop's
/// own receive and send around it (<c>membio</c>).
/// </summary>
internal sealed partial class TlsSpike(Loop loop, nint context, bool membio, int body) : IAcceptTarget
{
    private readonly byte[] _reply = [.. System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body}\r\nContent-Type: text/plain\r\n\r\n"), .. new byte[body]];

    public static int Run(int port, string cert, string key, bool membio)
    {
        var context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(context, cert) != 1 || SSL_CTX_use_PrivateKey_file(context, key, 1) != 1) return 1;
        SSL_CTX_ctrl(context, 33, 0x1 | 0x2 | 0x10, 0); // SSL_CTRL_MODE: partial writes, moving buffers, released buffers
        SSL_CTX_ctrl(context, 41, 1, 0); // SSL_CTRL_SET_READ_AHEAD
        var socket = ListeningSocket.Bind(Weir.Reactor.Sockets.SocketAddress.From(new IPEndPoint(IPAddress.Loopback, port)), 4096);
        var loop = new Loop(0);
        var acceptor = new Acceptor(loop, socket, new TlsSpike(loop, context, membio, int.Parse(Environment.GetEnvironmentVariable("BODY") ?? "126")));
        loop.Start();
        loop.Post(static state => ((Acceptor)state!).Start(), acceptor);
        while (Console.In.ReadLine() is not null) Console.WriteLine($"passes {loop.Counters.Passes}");
        return 0;
    }

    public void OnAccepted(Transport transport) => _ = Serve(transport);

    private async Detached Serve(Transport transport)
    {
        var session = SSL_new(context);
        SSL_set_accept_state(session);
        if (membio) SetMemory(session);
        else SSL_set_fd(session, transport.Fd);
        var pending = 0;
        while (true)
        {
            var state = membio ? StepMemory(transport, session) : StepFd(transport, session, ref pending);
            if (state < 0) break;
            if ((state == 1 ? await transport.Readable(long.MaxValue) : await transport.Writable(long.MaxValue)) != WaitResult.Ready) break;
        }

        SSL_free(session);
        transport.Close();
    }

    private static void SetMemory(nint session) => SSL_set_bio(session, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));

    // 1: wait to read, 2: wait to write, -1: over.
    private unsafe int StepFd(Transport transport, nint session, ref int sent)
    {
        var lease = loop.Buffers.Rent(BufferSize.Small);
        try
        {
            while (true)
            {
                ERR_clear_error();
                int n;
                if (sent == 0)
                {
                    n = SSL_read(session, lease.Pointer, lease.Capacity);
                    if (n > 0) { sent = 1; continue; }
                }
                else
                {
                    fixed (byte* reply = _reply) n = SSL_write(session, reply + sent - 1, _reply.Length - sent + 1);
                    if (n > 0)
                    {
                        sent += n;
                        if (sent > _reply.Length) sent = 0;
                        continue;
                    }
                }

                switch (SSL_get_error(session, n))
                {
                    case 2: transport.Drained(); return 1;
                    case 3: transport.Full(); return 2;
                    default: return -1;
                }
            }
        }
        finally
        {
            loop.Buffers.Return(ref lease);
        }
    }

    private unsafe int StepMemory(Transport transport, nint session)
    {
        var lease = loop.Buffers.Rent(BufferSize.Medium);
        try
        {
            while (true)
            {
                ERR_clear_error();
                var n = SSL_read(session, lease.Pointer, lease.Capacity);
                if (n > 0)
                {
                    fixed (byte* reply = _reply)
                        for (var written = 0; written < _reply.Length;) written += SSL_write(session, reply + written, _reply.Length - written);
                }
                else if (SSL_get_error(session, n) != 2)
                {
                    return -1;
                }

                // What libssl wants sent goes first, then more is received.
                var output = BIO_read(SSL_get_wbio(session), lease.Pointer, lease.Capacity);
                for (var done = 0; output > 0 && done < output;)
                {
                    var sent = transport.TrySend(lease.Pointer + done, output - done);
                    if (sent == Transport.Failed) return -1;
                    if (sent > 0) done += sent;
                }

                if (n > 0) continue;
                var received = transport.TryReceive(lease.Pointer, 16 * 1024);
                if (received == Transport.WouldBlock) return 1;
                if (received <= 0) return -1;
                BIO_write(SSL_get_rbio(session), lease.Pointer, received);
            }
        }
        finally
        {
            loop.Buffers.Return(ref lease);
        }
    }

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    [LibraryImport(Ssl)] private static partial nint TLS_server_method();
    [LibraryImport(Ssl)] private static partial nint SSL_CTX_new(nint method);
    [LibraryImport(Ssl)] private static partial long SSL_CTX_ctrl(nint context, int command, long larg, nint parg);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] private static partial int SSL_CTX_use_certificate_chain_file(nint context, string file);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] private static partial int SSL_CTX_use_PrivateKey_file(nint context, string file, int type);
    [LibraryImport(Ssl)] private static partial nint SSL_new(nint context);
    [LibraryImport(Ssl)] private static partial void SSL_free(nint session);
    [LibraryImport(Ssl)] private static partial void SSL_set_accept_state(nint session);
    [LibraryImport(Ssl)] private static partial int SSL_set_fd(nint session, int fd);
    [LibraryImport(Ssl)] private static partial void SSL_set_bio(nint session, nint read, nint write);
    [LibraryImport(Ssl)] private static partial nint SSL_get_rbio(nint session);
    [LibraryImport(Ssl)] private static partial nint SSL_get_wbio(nint session);
    [LibraryImport(Ssl)] private static unsafe partial int SSL_read(nint session, byte* buffer, int length);
    [LibraryImport(Ssl)] private static unsafe partial int SSL_write(nint session, byte* buffer, int length);
    [LibraryImport(Ssl)] private static partial int SSL_get_error(nint session, int result);
    [LibraryImport(Crypto)] private static partial void ERR_clear_error();
    [LibraryImport(Crypto)] private static partial nint BIO_s_mem();
    [LibraryImport(Crypto)] private static partial nint BIO_new(nint type);
    [LibraryImport(Crypto)] private static unsafe partial int BIO_read(nint bio, byte* buffer, int length);
    [LibraryImport(Crypto)] private static unsafe partial int BIO_write(nint bio, byte* buffer, int length);
}
