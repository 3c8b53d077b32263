using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Weir.Http.GrpcWeb;

/// <summary>
/// Base64 (RFC 4648 §4) of pieces of any size: what does not fill a quantum waits for the next piece, or for <see cref="Pad"/>. Keep it in
/// one place and call it by reference, it is the state.
/// </summary>
public struct Base64Encoder
{
    /// <summary>Room that encoding needs to make progress.</summary>
    public const int LeastRoom = 4;

    private const int Bytes = 3;

    private uint _quantum;
    private int _held;

    /// <summary>Nothing waits.</summary>
    public readonly bool IsWhole => _held == 0;

    /// <summary>Room that takes all of a piece, with what waited before it and padding.</summary>
    public static long RoomFor(int length) => ((long)length + Bytes + Bytes - 1) / Bytes * LeastRoom;

    /// <summary>Encodes as much as there is room for.</summary>
    public void Encode(ReadOnlySpan<byte> from, Span<byte> to, out int consumed, out int written)
    {
        consumed = written = 0;
        while (consumed < from.Length && to.Length - written >= LeastRoom)
        {
            var quanta = _held == 0 ? Math.Min((from.Length - consumed) / Bytes, (to.Length - written) / LeastRoom) : 0;
            if (quanta > 0)
            {
                Base64.EncodeToUtf8(from.Slice(consumed, quanta * Bytes), to[written..], out _, out _, isFinalBlock: false);
                consumed += quanta * Bytes;
                written += quanta * LeastRoom;
                continue;
            }

            var quantum = MemoryMarshal.AsBytes(new Span<uint>(ref _quantum));
            quantum[_held++] = from[consumed++];
            if (_held == Bytes) written += Pad(to[written..]);
        }
    }

    /// <summary>Encodes what waits, padded; how many bytes that makes. Needs <see cref="LeastRoom"/>.</summary>
    public int Pad(Span<byte> to)
    {
        if (_held == 0) return 0;
        Base64.EncodeToUtf8(MemoryMarshal.AsBytes(new Span<uint>(ref _quantum))[.._held], to, out _, out var written);
        _held = 0;
        return written;
    }
}
