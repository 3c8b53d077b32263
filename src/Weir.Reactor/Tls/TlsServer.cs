using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tls;

/// <summary>
/// The TLS of a listener: which certificates for which names, and what is spoken. The name that a client asks for is looked at before
/// anything else of its hello, so that whatever depends on it (certificates, sessions that may be resumed) is settled first.
/// Immutable; used by all loops. What OpenSSL holds for it goes with it, when no connection and no configuration has it any more.
/// </summary>
public sealed unsafe class TlsServer
{
    private readonly TlsServerOptions _options;
    private readonly Dictionary<string, ServerContext> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServerContext> _wildcard = new(StringComparer.Ordinal);
    private readonly byte[] _protocols;

    /// <summary>The first identity serves clients that ask for no name. <see cref="TlsException"/>: a setting or a certificate is refused.</summary>
    public TlsServer(string listener, TlsServerOptions options, IReadOnlyList<TlsIdentity> identities)
    {
        ArgumentOutOfRangeException.ThrowIfZero(identities.Count);
        _options = options;
        _protocols = TlsContext.AlpnList(options.Protocols);
        // Names that have the same certificates share a context.
        var sets = new Dictionary<string, ServerContext>(StringComparer.Ordinal);
        foreach (var name in identities.SelectMany(static i => i.Names).Distinct(StringComparer.Ordinal))
        {
            var set = Enumerable.Range(0, identities.Count).Where(i => identities[i].Names.Contains(name)).ToArray();
            var key = string.Join(',', set);
            if (!sets.TryGetValue(key, out var context)) sets.Add(key, context = Make(listener, [.. set.Select(i => identities[i])]));
            if (name.StartsWith("*.", StringComparison.Ordinal)) _wildcard[name[1..]] = context;
            else _exact[name] = context;
        }

        Default = sets.FirstOrDefault(static s => s.Key.Split(',')[0] == "0").Value ?? Make(listener, [identities[0]]);
        HasSeveral = sets.Count > 1 || (sets.Count == 1 && sets.Values.First() != Default);
    }

    /// <summary>Names differ in their certificates.</summary>
    internal bool HasSeveral { get; }

    /// <summary>For those who ask for no name.</summary>
    private ServerContext Default { get; }

    /// <summary>Both names have the same certificates: a client that asked for the one may be served the other on the same connection.</summary>
    internal bool IsSame(ReadOnlySpan<byte> asked, ReadOnlySpan<byte> host) => (Find(asked) ?? Default) == (Find(host) ?? Default);

    /// <summary>Null when there is no memory for a session.</summary>
    internal TlsSession? Accept(Transport transport)
    {
        var ssl = Default.NewSession();
        GC.KeepAlive(this);
        if (ssl == 0) return null;
        LibSsl.SSL_set_accept_state(ssl);
        return new TlsSession(transport, ssl, this);
    }

    private ServerContext Make(string listener, TlsIdentity[] identities)
    {
        var context = new ServerContext(_options)
        {
            SessionContext = SHA256.HashData([.. Encoding.UTF8.GetBytes(listener), .. identities.SelectMany(static i => SHA256.HashData(i.Chain[0]))]),
        };
        foreach (var identity in identities) context.Use(identity);
        LibSsl.SSL_CTX_set_client_hello_cb(context.Handle, &OnClientHello, 0);
        LibSsl.SSL_CTX_set_alpn_select_cb(context.Handle, &OnProtocols, 0);
        return context;
    }

    // By the name as it is, then by its first label replaced.
    private ServerContext? Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > 255) return null;
        Span<char> text = stackalloc char[name.Length];
        for (var i = 0; i < name.Length; i++) text[i] = char.ToLowerInvariant((char)name[i]);
        if (text[^1] == '.') text = text[..^1];
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var context)) return context;
        var dot = text.IndexOf('.');
        return dot > 0 && _wildcard.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[dot..], out context) ? context : null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClientHello(nint ssl, int* alert, nint argument)
    {
        try
        {
            return SessionBio.Current.Server!.Choose(ssl, alert);
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
            var own = SessionBio.Current.Server!._protocols.AsSpan();
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
            return SslConstants.AlpnAlertFatal;
        }
        catch (Exception)
        {
            return SslConstants.AlpnAlertFatal;
        }
    }

    private int Choose(nint ssl, int* alert)
    {
        var name = AskedName(ssl);
        var context = Find(name);
        if (context is null && _options.RefusesUnknownNames)
        {
            *alert = SslConstants.AlertUnrecognizedName;
            return SslConstants.ClientHelloError;
        }

        context ??= Default;
        if (context != Default) LibSsl.SSL_set_SSL_CTX(ssl, context.Handle);
        fixed (byte* id = context.SessionContext) LibSsl.SSL_set_session_id_context(ssl, id, (uint)context.SessionContext.Length);
        return SslConstants.ClientHelloSuccess;
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
