using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>What serves a set of names: one certificate of each kind of key, of which OpenSSL picks what the client can.</summary>
internal sealed unsafe class ServerContext : TlsContext
{
    public ServerContext(TlsServerOptions options)
        : base(LibSsl.TLS_server_method(), options.Spoken)
    {
        // Tickets only: a cache of sessions would be one more thing that grows.
        LibSsl.SSL_CTX_ctrl(handle, SslConstants.CtrlSessionCacheMode, 0, null);
        if (options.PrefersOwnOrder) LibSsl.SSL_CTX_set_options(handle, SslConstants.OptionServerPreference | SslConstants.OptionPrioritizeChaCha);
        LibSsl.SSL_CTX_set_num_tickets(handle, 1);
    }

    /// <summary>Names this set of certificates, for the sessions that are made with it: a session of another is not resumed.</summary>
    public required byte[] SessionContext { get; init; }
}
