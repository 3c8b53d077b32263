using Weir.Reactor.Tls;

namespace Weir.Reactor.Sockets;

/// <content>TLS: what it shows to the outside.</content>
public sealed unsafe partial class Transport
{
    /// <summary>The handshake cannot go on before the certificate is there that the client asks for.</summary>
    public const int NeedsCertificate = TlsSession.WantCertificate;

    /// <summary>What is read and written here is the inside of TLS.</summary>
    public bool IsSecure => _tls is not null;

    /// <summary>
    /// The client asked for another name in its handshake, and this host has other certificates than that one, or asks other things of
    /// clients; or there was no handshake, and by now there has to be one.
    /// </summary>
    public bool IsMisdirected(TlsServer? current, ReadOnlySpan<byte> host) => current is not null && (_tls is null || _tls.IsMisdirected(current, host));

    /// <summary>What the handshake with a client agreed on; null without TLS.</summary>
    public TlsFacts? TlsFacts => _tls?.Facts;

    /// <summary>TLS was made, and this protocol agreed on in it.</summary>
    public bool HasAgreedOn(ReadOnlySpan<byte> protocol) => _tls is not null && _tls.HasAgreedOn(protocol);

    /// <summary>The handshake is not made yet: what was read may be a copy of what another connection said.</summary>
    public bool IsEarly => _tls is { IsEarly: true };

    /// <summary>The id of the <see cref="TlsClientRule"/> that the client's handshake was under; null for none.</summary>
    public string? ClientRule => _tls?.Rule;

    /// <summary>The client asked for nothing but the proof that its name is served here, and has it.</summary>
    public bool IsChallenge => _tls is { IsChallenge: true };

    /// <summary>The stream ended without the peer's word that it was all (TLS only): a body that ends with its connection may be cut.</summary>
    public bool IsTruncated => _tls is { IsTruncated: true };

    /// <summary>
    /// From here on everything is TLS. The handshake is made by <see cref="TryHandshake"/>; bytes that came before it are read by it.
    /// False when there is no memory for it.
    /// </summary>
    public bool TryBeginTls(TlsServer server) => (_tls = server.Accept(this)) is not null;

    /// <summary>As <see cref="TryBeginTls(TlsServer)"/>, on the client's side.</summary>
    public bool TryBeginTls(TlsClient client, TlsTicket ticket) => (_tls = client.Connect(this, ticket)) is not null;

    /// <summary>The handshake failed because the client speaks plain HTTP: after this it is heard and answered so, less what it said already.</summary>
    public bool TryEndTls()
    {
        if (_tls is not { IsPlainHttp: true }) return false;
        _tls.Free();
        _tls = null;
        return true;
    }

    /// <summary>After a handshake that failed: what comes on this socket is not looked into any more. False when the peer is gone.</summary>
    public bool TryDropTls()
    {
        if (_tls is null || _tls.HasEnded || HungUp) return false;
        _tls.Free();
        _tls = null;
        _read.SetSignal();
        return true;
    }

    /// <summary>What a handshake failed by.</summary>
    public TlsFault TlsFault => _tls?.Fault ?? TlsFault.None;

    /// <summary>Goes on with the handshake: 1 when it is made; <see cref="WouldBlock"/>: await <see cref="Readable"/>, or <see cref="Writable"/> when <see cref="IsFull"/>; <see cref="NeedsCertificate"/>; <see cref="Failed"/>.</summary>
    public int TryHandshake()
    {
        var result = _tls!.Handshake();
        // A failed handshake is no failed socket: the peer may still be there to read why.
        return result is 1 or TlsSession.Failed ? result : Result(result);
    }

    /// <summary>After it was adopted from another loop: its TLS goes on here.</summary>
    internal void Continue(TlsSession? tls, TlsTicket? ticket)
    {
        _tls = tls;
        tls?.MoveTo(this, ticket);
    }

    // What a read of TLS came to, in this class's terms. Only OpenSSL knows when there is no more: readiness ends by its word alone.
    private int Result(int result)
    {
        switch (result)
        {
            case TlsSession.WantRead:
                _read.Clear();
                return WouldBlock;
            case TlsSession.WantWrite:
                _read.Clear();
                _readNeedsWrite = true;
                return WouldBlock;
            case TlsSession.Failed:
                return ReceiveFailed();
            default:
                return result;
        }
    }

    private static int Sent(int result)
    {
        if (result == TlsSession.Failed) return Failed;
        return result < 0 ? WouldBlock : result;
    }
}
