namespace Weir.Proxy.Wire;

/// <summary>Some bytes of a body, in a buffer of the one who gave it: valid until it is asked for the next.</summary>
internal readonly unsafe struct BodyPiece(byte* pointer, int length)
{
    public readonly byte* Pointer = pointer;

    public int Length => length;

    /// <summary>What passing it on takes of a turn's bytes: a body in pieces of one byte is work too.</summary>
    public int Cost => length + 256;

    public ReadOnlySpan<byte> Span => new(Pointer, length);
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
