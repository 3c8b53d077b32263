using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Weir.Http.GrpcWeb;

/// <summary>
/// Base64 (RFC 4648 §4) in pieces of any size. Padding may end any quantum, and more may follow it: application/grpc-web-text pads
/// wherever its sender had to flush. White space is refused. Keep it in one place and call it by reference, it is the state.
/// </summary>
public struct Base64Decoder
{
    /// <summary>Room that decoding needs to make progress.</summary>
    public const int LeastRoom = 3;

    private const int Digits = 4;

    private static readonly SearchValues<byte> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private uint _quantum;
    private int _held;

    /// <summary>All that came was whole quanta: the text may end here.</summary>
    public readonly bool IsWhole => _held == 0;

    /// <summary>Decodes as much as there is room for. False: it is not base64.</summary>
    public bool TryDecode(ReadOnlySpan<byte> from, Span<byte> to, out int consumed, out int written)
    {
        consumed = written = 0;
        while (consumed < from.Length && to.Length - written >= LeastRoom)
        {
            var quanta = _held == 0 ? PlainQuanta(from[consumed..], to.Length - written) : 0;
            if (quanta > 0)
            {
                Base64.DecodeFromUtf8(from.Slice(consumed, quanta * Digits), to[written..], out _, out _, isFinalBlock: false);
                consumed += quanta * Digits;
                written += quanta * LeastRoom;
                continue;
            }

            if (!TryTake(from[consumed++], to[written..], out var made)) return false;
            written += made;
        }

        return true;
    }

    // How many come without padding, and have room.
    private static int PlainQuanta(ReadOnlySpan<byte> from, int room)
    {
        from = from[..Math.Min(from.Length, room / LeastRoom * Digits)];
        var plain = from.IndexOfAnyExcept(Alphabet);
        return (plain < 0 ? from.Length : plain) / Digits;
    }

    private bool TryTake(byte digit, Span<byte> to, out int made)
    {
        made = 0;
        var quantum = MemoryMarshal.AsBytes(new Span<uint>(ref _quantum));
        if (digit == (byte)'=' ? _held < 2 : !Alphabet.Contains(digit) || (_held == 3 && quantum[2] == (byte)'=')) return false;
        quantum[_held++] = digit;
        if (_held < Digits) return true;
        _held = 0;
        return Base64.DecodeFromUtf8(quantum, to, out _, out made) == OperationStatus.Done;
    }
}
