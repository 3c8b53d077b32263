using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tls;

/// <summary>
/// The TLS of a listener: which certificates for which names, what is asked of clients, and what is spoken. The name that a client asks
/// for is looked at before anything else of its hello, so that whatever depends on it (certificates, sessions that may be resumed) is
/// settled first. Used by all loops; SharedState: certificates are replaced as a whole. What OpenSSL holds for it goes with it, when no
/// connection and no configuration has it any more.
/// </summary>
public sealed unsafe class TlsServer
{
    private readonly string _listener;
    private readonly TlsServerOptions _options;
    private readonly byte[] _protocols;
    // What a session begins with while there is no certificate yet.
    private readonly ServedName _bare;
    private TlsNames _names;

    /// <summary>
    /// The first identity serves clients that ask for no name. Handshakes for <paramref name="awaited"/> names, and with no identity at
    /// all, wait until <see cref="Use"/> brings one. <see cref="TlsException"/>: a setting or a certificate is refused.
    /// </summary>
    public TlsServer(string listener, TlsServerOptions options, IReadOnlyList<TlsIdentity> identities, IReadOnlySet<string> awaited)
    {
        _listener = listener;
        _options = options;
        _protocols = TlsContext.AlpnList(options.Protocols);
        Tickets = options.Tickets ?? new TicketKeys();
        _bare = new ServedName(new ServerContext(listener, options, [], null), null);
        Listen(_bare.Context!);
        _names = Make(identities, awaited);
    }

    /// <summary>What session tickets are sealed with.</summary>
    internal TicketKeys Tickets { get; }

    /// <summary>From here on these certificates; connections stay. As in the constructor.</summary>
    public void Use(IReadOnlyList<TlsIdentity> identities, IReadOnlySet<string> awaited) => Volatile.Write(ref _names, Make(identities, awaited));

    /// <summary>
    /// A connection whose client asked for one name, and showed what that name's rule asked for, must not carry a request for this host:
    /// its certificates are others, or its rule is another.
    /// </summary>
    internal bool IsMisdirected(ReadOnlySpan<byte> asked, string? rule, ReadOnlySpan<byte> host)
    {
        var names = Volatile.Read(ref _names);
        if (!names.HasSeveral) return names.Default.Rule?.Id != rule;
        var wanted = names.Find(host) ?? names.Default;
        if (wanted.Rule?.Id != rule) return true;
        // Who asked for no name has what serves everyone.
        return !asked.IsEmpty && (names.Find(asked) ?? names.Default).Context != wanted.Context;
    }

    /// <summary>Null when there is no memory for a session.</summary>
    internal TlsSession? Accept(Transport transport)
    {
        var context = Volatile.Read(ref _names).Default.Context ?? _bare.Context!;
        var ssl = context.NewSession();
        // Another thread may have replaced the names meanwhile.
        GC.KeepAlive(context);
        if (ssl == 0) return null;
        LibSsl.SSL_set_accept_state(ssl);
        var session = new TlsSession(transport, ssl, this);
        if (_options.TakesEarlyData) session.ExpectEarlyData();
        return session;
    }

    /// <summary>Connections of this context are led by <see cref="Choose"/>.</summary>
    internal static void Listen(ServerContext context)
    {
        LibSsl.SSL_CTX_set_client_hello_cb(context.Handle, &OnClientHello, 0);
        LibSsl.SSL_CTX_set_alpn_select_cb(context.Handle, &OnProtocols, 0);
        LibSsl.SSL_CTX_callback_ctrl(context.Handle, SslConstants.CtrlStatusCallback, &OnStatus);
        TicketKeys.Attach(context.Handle);
    }

    private TlsNames Make(IReadOnlyList<TlsIdentity> identities, IReadOnlySet<string> awaited)
    {
        var names = new TlsNames(_listener, _options, identities, awaited);
        foreach (var context in names.Contexts) Listen(context);
        return names;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClientHello(nint ssl, int* alert, nint argument)
    {
        try
        {
            var session = SessionBio.Current;
            return session.Server!.Choose(session, ssl, alert);
        }
        catch (Exception)
        {
            // Nothing may pass into OpenSSL; the client is told that it is not its fault.
            *alert = SslConstants.AlertInternalError;
            return SslConstants.ClientHelloError;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnProtocols(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint length, nint argument)
    {
        try
        {
            var session = SessionBio.Current;
            var own = session.IsChallenge ? [(byte)TlsChallenges.Protocol.Length, .. TlsChallenges.Protocol] : session.Server!._protocols.AsSpan();
            for (; own.Length > 0; own = own[(own[0] + 1)..])
            {
                for (var at = 0; at < length && at + offered[at] < length; at += offered[at] + 1)
                {
                    if (!new ReadOnlySpan<byte>(offered + at + 1, offered[at]).SequenceEqual(own.Slice(1, own[0]))) continue;
                    *chosen = offered + at + 1;
                    *chosenLength = offered[at];
                    return SslConstants.AlpnOk;
                }
            }

            // RFC 7301 §3.2: a client that offers only what is not spoken is told so.
            return session.IsChallenge || session.Server!._options.RefusesOtherProtocols ? SslConstants.AlpnAlertFatal : SslConstants.AlpnNone;
        }
        catch (Exception)
        {
            return SslConstants.AlpnAlertFatal;
        }
    }

    // RFC 6066 §8: the client asks what the authority says of the certificate.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnStatus(nint ssl, nint argument)
    {
        try
        {
            if (SessionBio.Current.Context?.StapleOf(LibSsl.SSL_get_certificate(ssl)) is not { } response) return SslConstants.StatusNone;
            // OpenSSL frees it with the session.
            var copy = LibCrypto.CRYPTO_malloc((nuint)response.Length, null, 0);
            if (copy == 0) return SslConstants.StatusNone;
            response.CopyTo(new Span<byte>((void*)copy, response.Length));
            LibSsl.SSL_ctrl(ssl, SslConstants.CtrlStatusResponse, response.Length, (void*)copy);
            return SslConstants.StatusOk;
        }
        catch (Exception)
        {
            return SslConstants.StatusNone;
        }
    }

    private int Choose(TlsSession session, nint ssl, int* alert)
    {
        var name = AskedName(ssl);
        if (!name.SequenceEqual(session.AskedName)) session.AskedName = name.ToArray();
        if (_options.Challenges is { } challenges && AsksForChallenge(ssl)) return Challenge(challenges, session, ssl, name, alert);
        var names = Volatile.Read(ref _names);
        var served = names.Find(name);
        if (_options.RefusesUnknownNames && !name.IsEmpty && served is null or { IsUnknown: true })
        {
            *alert = SslConstants.AlertUnrecognizedName;
            return SslConstants.ClientHelloError;
        }

        served ??= names.Default;
        if (served.Context is not { } context) return SslConstants.ClientHelloRetry;
        Serve(session, ssl, context);
        if (served.Rule is { } rule)
        {
            session.Rule = rule.Id;
            ServerContext.Verify(ssl, rule);
        }

        return SslConstants.ClientHelloSuccess;
    }

    private static int Challenge(TlsChallenges challenges, TlsSession session, nint ssl, ReadOnlySpan<byte> name, int* alert)
    {
        if (challenges.Find(name, out var isAwaited) is { } context)
        {
            session.IsChallenge = true;
            Serve(session, ssl, context);
            return SslConstants.ClientHelloSuccess;
        }

        if (isAwaited) return SslConstants.ClientHelloRetry;
        *alert = SslConstants.AlertNoApplicationProtocol;
        return SslConstants.ClientHelloError;
    }

    private static void Serve(TlsSession session, nint ssl, ServerContext context)
    {
        session.Context = context;
        // Without memory for it the context of before would go on, which trusts other authorities.
        if (LibSsl.SSL_set_SSL_CTX(ssl, context.Handle) == 0) throw TlsException.Of("no memory");
        fixed (byte* id = context.SessionId)
            if (LibSsl.SSL_set_session_id_context(ssl, id, (uint)context.SessionId.Length) != 1) throw TlsException.Of("no session id");
    }

    // RFC 8737 §4: this protocol and no other.
    private static bool AsksForChallenge(nint ssl)
    {
        byte* data;
        nuint length;
        if (LibSsl.SSL_client_hello_get0_ext(ssl, SslConstants.ExtensionAlpn, &data, &length) != 1) return false;
        var extension = new ReadOnlySpan<byte>(data, (int)length);
        return extension.Length == 3 + TlsChallenges.Protocol.Length && extension[3..].SequenceEqual(TlsChallenges.Protocol);
    }

    // RFC 6066 §3: a list with one host name; empty when there is none, or when it is malformed (OpenSSL refuses that itself).
    private static ReadOnlySpan<byte> AskedName(nint ssl)
    {
        byte* data;
        nuint length;
        if (LibSsl.SSL_client_hello_get0_ext(ssl, SslConstants.ExtensionServerName, &data, &length) != 1) return default;
        var extension = new ReadOnlySpan<byte>(data, (int)length);
        if (extension.Length < 5 || extension[2] != SslConstants.NameTypeHost) return default;
        var name = (extension[3] << 8) | extension[4];
        return name <= extension.Length - 5 ? extension.Slice(5, name) : default;
    }
}
