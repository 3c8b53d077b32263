namespace Weir.Proxy.Wire;

/// <summary>Some bytes of a body, in a buffer of the one who gave it: valid until it is asked for the next.</summary>
internal readonly unsafe struct BodyPiece(byte* pointer, int length)
{
    // What handling a piece costs beside its bytes, in bytes: chunks of one byte must not hold the loop for 256 Ki of them.
    private const int Handling = 128;

    public readonly byte* Pointer = pointer;

    public int Length => length;

    /// <summary>What it uses up of a turn's bytes.</summary>
    public int TurnCost => length + Handling;

    public ReadOnlySpan<byte> Span => new(Pointer, length);

    /// <summary>A part of it: <c>piece[..2]</c>, <c>piece[2..]</c>.</summary>
    public BodyPiece Slice(int start, int count) => new(Pointer + start, count);
}

/// <summary>What a look for more of a body gives.</summary>
internal enum BodyStep : byte
{
    /// <summary>A piece.</summary>
    Piece,

    /// <summary>Nothing now: wait until the transport is readable.</summary>
    Wait,

    /// <summary>The body is complete.</summary>
    End,

    /// <summary>The body ended before its end, or broke a rule: see <see cref="Http1Reader.Fault"/>.</summary>
    Fault,
}
