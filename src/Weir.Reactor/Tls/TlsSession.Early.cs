using Weir.Reactor.Buffers;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <content>
/// Early data (RFC 8446 §2.3): what a client that resumes a session sends before its handshake is made. It may be a copy that somebody
/// plays again. Serving begins with it; what ends the handshake is taken in by reading on.
/// </content>
internal sealed unsafe partial class TlsSession
{
    // As one record may hold: more is refused by OpenSSL, by what the ticket said.
    public const int MaxEarlyData = RecordBuffer.MaxRecord;

    private Lease _early;
    private EarlyState _earlyState;

    private enum EarlyState : byte { None, Expected, Open }

    /// <summary>The handshake is not made yet, and what is read may be a copy of what another connection said.</summary>
    public bool IsEarly => _earlyState == EarlyState.Open;

    /// <summary>For a server that takes it: before the handshake.</summary>
    public void ExpectEarlyData() => _earlyState = EarlyState.Expected;

    // 1: early data has come, and serving can begin; 0: there is none (any more), and the handshake goes on as always; else as Explain.
    private int ReadEarly(byte* buffer, int length, out int received)
    {
        nuint read;
        received = 0;
        var result = LibSsl.SSL_read_early_data(_ssl, buffer, (nuint)length, &read);
        received = (int)read;
        switch (result)
        {
            case SslConstants.EarlyDataSuccess:
                return 1;
            case SslConstants.EarlyDataFinished:
                return 0;
            default:
                return Explain(0);
        }
    }

    // As ReadEarly; what has come is kept for Receive.
    private int BeginEarly()
    {
        var lease = _transport.Loop.Buffers.Rent(BufferPool.SizeFor(MaxEarlyData));
        var step = ReadEarly(lease.Pointer, lease.Room, out var received);
        if (step == 1)
        {
            lease.End = received;
            _early = lease;
            _earlyState = EarlyState.Open;
            if (!TryLearn()) return Failed;
            // Not with the response: an origin may take its time, and the client waits for this side of the handshake.
            FlushRecords();
            return 1;
        }

        _transport.Loop.Buffers.Return(ref lease);
        if (step == 0) _earlyState = EarlyState.None;
        return step;
    }

    // Bytes of early data; 0: there are no more, and the handshake is made; else as Receive.
    private int ReceiveEarly(byte* buffer, int length)
    {
        if (!_early.IsEmpty)
        {
            var taken = Math.Min(length, _early.Available);
            _early.Data[..taken].CopyTo(new Span<byte>(buffer, taken));
            _early.Consume(taken);
            if (_early.Available == 0) _transport.Loop.Buffers.Return(ref _early);
            return taken;
        }

        Enter();
        while (true)
        {
            if (_earlyState == EarlyState.Open)
            {
                var step = ReadEarly(buffer, length, out var received);
                if (step == 1 && received > 0) return received;
                if (step < 0) return Waits(step);
                if (step == 1) continue;
                _earlyState = EarlyState.None;
                _isFinishing = true;
            }

            var result = LibSsl.SSL_do_handshake(_ssl);
            if (result != 1) return Waits(Explain(result));
            _isFinishing = false;
            _established = true;
            Keep(0);
            return 0;
        }
    }

    private int Waits(int result)
    {
        _isDry = result == WantRead;
        FlushRecords();
        FlushUnsent();
        return result == 0 ? Failed : result;
    }

    private int WriteEarly(byte* data, int length)
    {
        nuint written;
        return LibSsl.SSL_write_early_data(_ssl, data, (nuint)length, &written) == 1 ? (int)written : -1;
    }
}
