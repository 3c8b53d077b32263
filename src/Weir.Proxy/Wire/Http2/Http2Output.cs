using System.Diagnostics;
using Weir.Http.Http2.Frames;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Wire.Http2;

/// <summary>
/// What a connection of HTTP/2 has to send: frames of all its streams, in the order they were made, which leave together. Holds a
/// buffer only while something is unsent. LoopState.
/// </summary>
internal sealed class Http2Output(BufferPool buffers)
{
    // With one more frame of the usual size this is still a buffer of 72 KiB: what is sent with one call.
    private const int Enough = 55 * 1024;

    // Heads come only while there is room, so that what is past this was asked for by frames that have to be answered.
    private const int TooMuch = 160 * 1024;

    private Lease _pending;
    private BufferSize _usual;
    private long _sent;

    /// <summary>Heads and bodies may be added; else they wait.</summary>
    public bool HasRoom => _pending.Available < Enough;

    /// <summary>The peer asks for answers and does not take them: no more is read of it.</summary>
    public bool IsOverfull => _pending.Available > TooMuch;

    public bool IsEmpty => _pending.Available == 0;

    /// <summary>Where the next byte stands among all that were ever sent.</summary>
    public long Position => _sent + _pending.Available;

    /// <summary>Room of at least so many bytes; <see cref="Commit"/> what was written. Empty when no buffer is that large.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_pending.IsEmpty)
        {
            var size = BufferPool.SizeFor(bytes);
            _pending = buffers.Rent(size > _usual ? size : _usual);
        }
        else if (_pending.Room < bytes)
        {
            Grow(bytes);
        }

        return _pending.Room < bytes ? default : _pending.Free;
    }

    public void Commit(int bytes)
    {
        _pending.End += bytes;
        Debug.Assert(_pending.End <= _pending.Capacity);
    }

    /// <summary>Nothing of what begins at a position has left.</summary>
    public bool IsUnsent(long position) => position >= _sent;

    /// <summary>Sets END_STREAM on the DATA or HEADERS that begins at a position. False when it is on its way already.</summary>
    public unsafe bool TryEndStream(long frame)
    {
        if (!IsUnsent(frame)) return false;
        // Of the first unsent byte TLS may have made a record; it is never the flags.
        _pending.Pointer[_pending.Start + (int)(frame - _sent) + 4] |= (byte)FrameFlags.EndStream;
        return true;
    }

    /// <summary>Sends what the kernel takes; false when the connection failed.</summary>
    public unsafe bool TrySend(Transport transport)
    {
        var sent = transport.TrySend(_pending.Pointer + _pending.Start, _pending.Available);
        if (sent == Transport.Failed) return false;
        if (sent <= 0) return true;
        _sent += sent;
        _pending.Consume(sent);
        if (_pending.Available > 0) return true;
        _usual = BufferPool.SizeFor(_pending.End);
        buffers.Return(ref _pending);
        return true;
    }

    /// <summary>Drops what is unsent; for the end of the connection.</summary>
    public void Release()
    {
        buffers.Return(ref _pending);
        _sent = 0;
        _usual = BufferSize.Tiny;
    }

    private unsafe void Grow(int bytes)
    {
        if (_pending.Available + bytes <= _pending.Capacity)
        {
            _pending.Data.CopyTo(new Span<byte>(_pending.Pointer, _pending.Capacity));
            (_pending.Start, _pending.End) = (0, _pending.Available);
            return;
        }

        if (_pending.Size == BufferSize.Large) return;
        var larger = buffers.Rent(BufferPool.SizeFor(_pending.Available + bytes));
        _pending.Data.CopyTo(larger.Free);
        larger.End = _pending.Available;
        buffers.Return(ref _pending);
        _pending = larger;
    }
}
