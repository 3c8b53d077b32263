using System.Diagnostics;
using Weir.Reactor.Buffers;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tls;

/// <summary>
/// TLS on one socket: what <see cref="Transport"/> calls in place of receive and send. OpenSSL's records are sent in as few calls as the
/// kernel takes them in; what it does not take waits here. LoopState.
/// </summary>
internal sealed unsafe partial class TlsSession
{
    /// <summary>Nothing before the socket is readable.</summary>
    public const int WantRead = -1;

    /// <summary>The connection failed; <see cref="Fault"/> says how.</summary>
    public const int Failed = -2;

    /// <summary>Nothing before the socket is writable.</summary>
    public const int WantWrite = -3;

    /// <summary>The certificate that the client asks for is on its way.</summary>
    public const int WantCertificate = -4;

    private readonly TlsClient? _client;
    private Transport _transport;
    private TlsTicket? _ticket;
    private nint _ssl;
    private Lease _unsent;
    private int _owed;
    private bool _established;
    private bool _broken;
    private bool _isDrained;
    private bool _isDry;
    private bool _isFinishing;

    public TlsSession(Transport transport, nint ssl, TlsServer server)
    {
        _transport = transport;
        _isDrained = !transport.MayBeReadable;
        _ssl = ssl;
        Server = server;
    }

    public TlsSession(Transport transport, nint ssl, TlsClient client, TlsTicket ticket)
    {
        _transport = transport;
        _isDrained = !transport.MayBeReadable;
        _ssl = ssl;
        _client = client;
        _ticket = ticket;
    }

    /// <summary>What accepted it; null on the upstream side.</summary>
    public TlsServer? Server { get; }

    /// <summary>The peer went without saying so: what it sent may not be all.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>What came in place of a handshake is a request of plain HTTP. No alert was sent.</summary>
    public bool IsPlainHttp { get; private set; }

    /// <summary>What a failed handshake with a server failed by.</summary>
    public TlsFault Fault { get; private set; }

    /// <summary>The client asks for nothing but the proof that its name is served here.</summary>
    public bool IsChallenge { get; set; }

    /// <summary>What the client's name is served with; null before it is chosen, and on the upstream side.</summary>
    public ServerContext? Context { get; set; }

    /// <summary>The name that the client asks for; empty when for none. OpenSSL forgets it when a session of TLS 1.2 is resumed.</summary>
    public byte[] AskedName { get; set; } = [];

    /// <summary>What was asked of the client: the id of a <see cref="TlsClientRule"/>; null: nothing.</summary>
    public string? Rule { get; set; }

    /// <summary>What a handshake with a client agreed on; null before.</summary>
    public TlsFacts? Facts { get; private set; }

    /// <summary>The socket is at its end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Neither the socket nor what was read of it has any more, as far as is known.</summary>
    public bool IsDry => _isDry;

    /// <summary>The kernel did not take all.</summary>
    public bool HasUnsent => !_unsent.IsEmpty;

    /// <summary>What ALPN came to.</summary>
    public bool HasAgreedOn(ReadOnlySpan<byte> protocol)
    {
        byte* name;
        uint length;
        LibSsl.SSL_get0_alpn_selected(_ssl, &name, &length);
        return new ReadOnlySpan<byte>(name, (int)length).SequenceEqual(protocol);
    }

    /// <summary>On another loop, by whom it is used from now on.</summary>
    public void MoveTo(Transport transport, TlsTicket? ticket)
    {
        Debug.Assert(_unsent.IsEmpty);
        (_transport, _ticket) = (transport, ticket);
        Wake();
    }

    /// <summary>The socket may have more than it had.</summary>
    public void Wake() => _isDrained = _isDry = false;

    /// <summary>1: it is established; <see cref="WantRead"/>, <see cref="WantWrite"/> or <see cref="Failed"/> otherwise.</summary>
    public int Handshake()
    {
        if (!FlushUnsent()) return _broken ? Failed : WantWrite;
        Enter();
        if (_earlyState == EarlyState.Expected)
        {
            var early = BeginEarly();
            if (early == 1) return 1;
            if (early < 0) return FlushRecords() || _broken ? early : WantWrite;
        }

        var result = LibSsl.SSL_do_handshake(_ssl);
        if (result == 1 && _client is not null && !_client.IsPinned(_ssl))
        {
            RecordBuffer.OfThread.Clear();
            Fault = TlsFault.Unpinned;
            _broken = true;
            return Failed;
        }

        if (result == 1 && Server is not null && !TryLearn()) return Failed;
        if (result == 1)
        {
            // What ends it on this side (a ticket, or the Finished of a client) goes out with what is sent first, or before reading waits.
            Keep(0);
            _established = true;
            return 1;
        }

        result = Explain(result);
        if (!FlushRecords() && !_broken) return WantWrite;
        return result == 0 ? Failed : result;
    }

    // False: the client's certificate was good when the session was made, and is not any more.
    private bool TryLearn()
    {
        Facts = TlsFacts.Of(_ssl, AskedName, Rule is not null);
        if (Facts.ClientCertificate.Length == 0 || !Facts.IsResumed || !TlsFacts.IsExpired(_ssl)) return true;
        RecordBuffer.OfThread.Clear();
        Fault = TlsFault.Expired;
        _broken = true;
        return false;
    }

    /// <summary>Bytes, 0 at the end, or a want, or a failure. Takes more than one record only when the next is here.</summary>
    public int Receive(byte* buffer, int length)
    {
        if (_isDry) return WantRead;
        if (IsEarly || _isFinishing || !_early.IsEmpty)
        {
            var early = ReceiveEarly(buffer, length);
            if (early != 0) return early;
        }

        var received = 0;
        Enter();
        while (true)
        {
            var result = LibSsl.SSL_read(_ssl, buffer + received, length - received);
            if (result > 0)
            {
                received += result;
                if (received == length) return received;
                if (LibSsl.SSL_has_pending(_ssl) != 0) continue;
                _isDry = _isDrained;
                return received;
            }

            // What is there is handed out first; a failure will be met again. What TLS says to it goes now: the next to send may be another session.
            if (received == 0)
            {
                result = Explain(result);
                _isDry = result == WantRead;
            }

            FlushRecords();
            if (received > 0) return received;
            FlushUnsent();
            return result;
        }
    }

    /// <summary>There are no bytes of the application to be had now, and the connection is open. Takes in what TLS says for itself.</summary>
    public bool IsSilent()
    {
        byte one;
        // Early data ends with the handshake: it has something to say.
        if (IsEarly || _isFinishing || !_early.IsEmpty) return false;
        Wake();
        Enter();
        var isSilent = Explain(LibSsl.SSL_peek(_ssl, &one, 1)) == WantRead;
        FlushRecords();
        return isSilent;
    }

    /// <summary>
    /// Sends pieces as records that are as full as may be. Bytes taken, or <see cref="WantWrite"/> or <see cref="Failed"/>. What was not
    /// taken must be given again, and may be more by then, never less: a record of it is made already.
    /// </summary>
    public int Send(ReadOnlySpan<Piece> pieces)
    {
        if (_owed > 0 && !FlushUnsent()) return _broken ? Failed : WantWrite;
        var position = new Position(pieces, _owed);
        var taken = _owed;
        _owed = 0;
        while (position.Rest > 0)
        {
            var made = MakeRecords(ref position);
            if (made < 0) return Failed;
            taken += made;
            if (FlushRecords()) continue;
            if (_broken) return Failed;
            // The last byte counts as taken when all records have gone: until then its giver comes again.
            _owed = 1;
            return taken > 1 ? taken - 1 : WantWrite;
        }

        return taken;
    }

    /// <summary>Says that no more will be sent, as far as the kernel takes it now.</summary>
    public void Shutdown()
    {
        if (!_established || _broken) return;
        Enter();
        _ = LibSsl.SSL_shutdown(_ssl);
        FlushRecords();
    }

    public void Free()
    {
        LibSsl.SSL_free(_ssl);
        _ssl = 0;
        _transport.Loop.Buffers.Return(ref _unsent);
        _transport.Loop.Buffers.Return(ref _early);
    }

    /// <summary>By what is in force now, this connection must not carry a request for this host.</summary>
    public bool IsMisdirected(TlsServer current, ReadOnlySpan<byte> host) => current.IsMisdirected(Facts!.ServerName, Rule, host);

    /// <summary>For <see cref="SessionBio"/>: bytes of the socket, 0 at its end, <see cref="WantRead"/> or <see cref="Failed"/>.</summary>
    public int ReceiveRaw(byte* buffer, int length)
    {
        if (_isDrained) return WantRead;
        var received = _transport.ReceiveRaw(buffer, length, out _isDrained);
        if (received == 0) HasEnded = true;
        return received;
    }

    /// <summary>The server gave a session to be resumed later; it is ours.</summary>
    public void KeepTicket(nint session) => _ticket!.Replace(session);

    private static TlsFault FaultOf(nint verified) => verified switch
    {
        0 => TlsFault.Protocol,
        SslConstants.VerifyExpired or SslConstants.VerifyNotYetValid => TlsFault.Expired,
        SslConstants.VerifyHostMismatch or SslConstants.VerifyAddressMismatch => TlsFault.OtherName,
        SslConstants.VerifyRevoked => TlsFault.Revoked,
        _ => TlsFault.Untrusted,
    };

    private void Enter()
    {
        LibCrypto.ERR_clear_error();
        SessionBio.Enter(this);
    }

    // Bytes of the application that records were made of, for one call of the kernel; negative: OpenSSL failed.
    private int MakeRecords(ref Position position)
    {
        Enter();
        var made = 0;
        while (made < RecordBuffer.Batch && position.Rest > 0)
        {
            // A head and a small body in one record; else each piece begins its own, which costs less than copying it.
            var length = position.Rest <= RecordBuffer.MaxRecord ? position.Rest : Math.Min(position.Here, RecordBuffer.Batch - made);
            var start = length <= position.Here ? position.Start : position.Gather(RecordBuffer.OfThread.Plain, length);
            if ((_established ? LibSsl.SSL_write(_ssl, start, length) : WriteEarly(start, length)) != length)
            {
                Explain(-1);
                _broken = true;
                RecordBuffer.OfThread.Clear();
                return -1;
            }

            position.Skip(length);
            made += length;
        }

        return made;
    }

    // False when not all could be sent: the rest is kept.
    private bool FlushRecords()
    {
        var records = RecordBuffer.OfThread;
        if (records.Length == 0) return true;
        if (!_unsent.IsEmpty)
        {
            Keep(0);
            return FlushUnsent();
        }

        var sent = _transport.SendRaw(records.Pointer, records.Length);
        if (sent == records.Length)
        {
            records.Clear();
            return true;
        }

        _broken |= sent == Transport.Failed;
        Keep(Math.Max(0, sent));
        return false;
    }

    private bool FlushUnsent()
    {
        if (_unsent.IsEmpty) return true;
        if (_broken) return false;
        var sent = _transport.SendRaw(_unsent.Pointer + _unsent.Start, _unsent.Available);
        _broken = sent == Transport.Failed;
        if (sent > 0) _unsent.Consume(sent);
        if (_unsent.Available > 0) return false;
        _transport.Loop.Buffers.Return(ref _unsent);
        return true;
    }

    // What is gathered from some byte on is put to what is unsent.
    private void Keep(int from)
    {
        var records = RecordBuffer.OfThread;
        var length = records.Length - from;
        if (length > 0 && !_broken)
        {
            var buffers = _transport.Loop.Buffers;
            if (_unsent.IsEmpty)
            {
                _unsent = buffers.Rent(BufferPool.SizeFor(length));
            }
            else if (_unsent.Room < length)
            {
                var larger = buffers.Rent(BufferPool.SizeFor(_unsent.Available + length));
                _unsent.Data.CopyTo(larger.Free);
                larger.End = _unsent.Available;
                buffers.Return(ref _unsent);
                _unsent = larger;
            }

            new ReadOnlySpan<byte>(records.Pointer + from, length).CopyTo(_unsent.Free);
            _unsent.End += length;
        }

        records.Clear();
    }

    private int Explain(int result)
    {
        if (result > 0) return result;
        switch (LibSsl.SSL_get_error(_ssl, result))
        {
            case SslConstants.ErrorWantRead:
                return WantRead;
            case SslConstants.ErrorWantClientHello:
                return WantCertificate;
            case SslConstants.ErrorZeroReturn:
                return 0;
            case SslConstants.ErrorSsl when ((int)LibCrypto.ERR_peek_last_error() & SslConstants.ReasonMask) == SslConstants.ReasonUnexpectedEof:
                IsTruncated = true;
                _broken = true;
                return _established ? 0 : Failed;
            case SslConstants.ErrorSsl:
                var reason = (int)LibCrypto.ERR_peek_last_error() & SslConstants.ReasonMask;
                Fault = reason == SslConstants.ReasonNoPeerCertificate ? TlsFault.Missing : FaultOf(LibSsl.SSL_get_verify_result(_ssl));
                IsPlainHttp = reason == SslConstants.ReasonHttpRequest;
                if (IsPlainHttp) RecordBuffer.OfThread.Clear();
                else FlushRecords();
                _broken = true;
                return Failed;
            default:
                _broken = true;
                return Failed;
        }
    }

    /// <summary>A piece of what is to be sent.</summary>
    internal readonly struct Piece(byte* start, int length)
    {
        public readonly byte* Start = start;

        public readonly int Length = length;
    }

    // Where in the pieces sending is.
    private ref struct Position
    {
        private readonly ReadOnlySpan<Piece> _pieces;
        private int _piece;
        private int _offset;

        public Position(ReadOnlySpan<Piece> pieces, int skip)
        {
            _pieces = pieces;
            foreach (var piece in pieces) Rest += piece.Length;
            Skip(skip);
        }

        // Bytes from here to the end of all.
        public int Rest { get; private set; }

        // Bytes from here to the end of this piece.
        public readonly int Here => _pieces[_piece].Length - _offset;

        public readonly byte* Start => _pieces[_piece].Start + _offset;

        public void Skip(int bytes)
        {
            Rest -= bytes;
            _offset += bytes;
            while (_piece < _pieces.Length - 1 && _offset >= _pieces[_piece].Length) _offset -= _pieces[_piece++].Length;
        }

        public readonly byte* Gather(byte* into, int length)
        {
            var (piece, offset, filled) = (_piece, _offset, 0);
            for (; filled < length; piece++, offset = 0)
            {
                var take = Math.Min(_pieces[piece].Length - offset, length - filled);
                Buffer.MemoryCopy(_pieces[piece].Start + offset, into + filled, length - filled, take);
                filled += take;
            }

            return into;
        }
    }
}
