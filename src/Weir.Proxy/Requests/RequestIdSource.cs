using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weir.Proxy.Requests;

/// <summary>
/// Makes request ids: UUIDv7, RFC 9562 §5.7, in lower-case text. Random bits come from a per-loop generator seeded by the system:
/// ids are unique, not secret. LoopState.
/// </summary>
internal sealed class RequestIdSource
{
    public const int Length = 36;

    private ulong _s0;
    private ulong _s1;

    public RequestIdSource()
    {
        Span<byte> seed = stackalloc byte[16];
        RandomNumberGenerator.Fill(seed);
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(seed) | 1;
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(seed[8..]);
    }

    /// <summary>Writes an id of this time, in Unix milliseconds.</summary>
    public void Write(Span<byte> destination, long milliseconds)
    {
        var high = ((ulong)milliseconds << 16) | 0x7000 | (Next() & 0x0FFF);
        var low = (Next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        var at = 0;
        for (var i = 0; i < 16; i++)
        {
            if (i is 4 or 6 or 8 or 10) destination[at++] = (byte)'-';
            var b = (byte)((i < 8 ? high : low) >> ((7 - (i & 7)) * 8));
            destination[at++] = "0123456789abcdef"u8[b >> 4];
            destination[at++] = "0123456789abcdef"u8[b & 15];
        }
    }

    // xoroshiro128+ (Blackman and Vigna, 2018).
    private ulong Next()
    {
        var (s0, s1) = (_s0, _s1);
        var result = s0 + s1;
        s1 ^= s0;
        _s0 = ulong.RotateLeft(s0, 24) ^ s1 ^ (s1 << 16);
        _s1 = ulong.RotateLeft(s1, 37);
        return result;
    }
}
