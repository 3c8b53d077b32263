using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Weir.Proxy.Mirroring;

/// <summary>XXH64 (Collet; the xxHash specification 0.1.1) of bytes that come in pieces. Tells bodies apart, and is no proof against who wants them alike.</summary>
internal struct BodyDigest
{
    private const ulong Prime1 = 0x9E3779B185EBCA87UL;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4FUL;
    private const ulong Prime3 = 0x165667B19E3779F9UL;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63UL;
    private const ulong Prime5 = 0x27D4EB2F165667C5UL;
    private const int Stripe = 32;

    private ulong _first;
    private ulong _second;
    private ulong _third;
    private ulong _fourth;
    private ulong _seed;
    private Rest _rest;
    private int _held;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public readonly ulong Value
    {
        get
        {
            var hash = Length >= Stripe ? Converge() : _seed + Prime5;
            hash += (ulong)Length;
            ReadOnlySpan<byte> rest = ((ReadOnlySpan<byte>)_rest)[.._held];
            for (; rest.Length >= 8; rest = rest[8..])
                hash = (BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest)), 27) * Prime1) + Prime4;
            if (rest.Length >= 4)
            {
                hash = (BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1), 23) * Prime2) + Prime3;
                rest = rest[4..];
            }

            foreach (var b in rest) hash = BitOperations.RotateLeft(hash ^ (b * Prime5), 11) * Prime1;
            hash = (hash ^ (hash >> 33)) * Prime2;
            hash = (hash ^ (hash >> 29)) * Prime3;
            return hash ^ (hash >> 32);
        }
    }

    public static ulong Of(ReadOnlySpan<byte> data, ulong seed)
    {
        var digest = Begin(seed);
        digest.Add(data);
        return digest.Value;
    }

    public static BodyDigest Begin(ulong seed = 0) => new() { _seed = seed, _first = seed + Prime1 + Prime2, _second = seed + Prime2, _third = seed, _fourth = seed - Prime1 };

    public void Add(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        Span<byte> held = _rest;
        if (_held > 0)
        {
            var taken = Math.Min(Stripe - _held, data.Length);
            data[..taken].CopyTo(held[_held..]);
            _held += taken;
            data = data[taken..];
            if (_held < Stripe) return;
            AddStripe(held);
            _held = 0;
        }

        for (; data.Length >= Stripe; data = data[Stripe..]) AddStripe(data);
        data.CopyTo(held);
        _held = data.Length;
    }

    private void AddStripe(ReadOnlySpan<byte> stripe)
    {
        _first = Round(_first, BinaryPrimitives.ReadUInt64LittleEndian(stripe));
        _second = Round(_second, BinaryPrimitives.ReadUInt64LittleEndian(stripe[8..]));
        _third = Round(_third, BinaryPrimitives.ReadUInt64LittleEndian(stripe[16..]));
        _fourth = Round(_fourth, BinaryPrimitives.ReadUInt64LittleEndian(stripe[24..]));
    }

    private readonly ulong Converge()
    {
        var hash = BitOperations.RotateLeft(_first, 1) + BitOperations.RotateLeft(_second, 7) + BitOperations.RotateLeft(_third, 12) + BitOperations.RotateLeft(_fourth, 18);
        hash = ((hash ^ Round(0, _first)) * Prime1) + Prime4;
        hash = ((hash ^ Round(0, _second)) * Prime1) + Prime4;
        hash = ((hash ^ Round(0, _third)) * Prime1) + Prime4;
        return ((hash ^ Round(0, _fourth)) * Prime1) + Prime4;
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1;

    [InlineArray(Stripe)]
    private struct Rest
    {
        private byte _first;
    }
}
