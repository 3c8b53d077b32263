using System.Diagnostics;
using System.Numerics;
using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>Writes the parts of a chunked body around its data, RFC 9112 §7.1. Extensions are never passed on.</summary>
public static class ChunkWriter
{
    /// <summary>Room that <see cref="WriteHeader"/> needs at most: 16 digits and CRLF.</summary>
    public const int MaxHeaderLength = 18;

    /// <summary>What follows each chunk's data.</summary>
    public static ReadOnlySpan<byte> DataEnd => "\r\n"u8;

    /// <summary>The last chunk without trailers.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>The line before a chunk of this size, which must not be 0: that would end the body.</summary>
    public static int WriteHeader(Span<byte> to, long size)
    {
        Debug.Assert(size > 0 && to.Length >= MaxHeaderLength);
        var digits = ((63 - BitOperations.LeadingZeroCount((ulong)size)) / 4) + 1;
        var length = digits + 2;
        to[digits] = FieldRules.Cr;
        to[digits + 1] = FieldRules.Lf;
        for (var i = digits - 1; i >= 0; i--, size >>= 4) to[i] = "0123456789abcdef"u8[(int)size & 15];
        return length;
    }

    /// <summary>The last chunk with trailers; those of <see cref="FieldKinds.IsForbiddenInTrailers"/> are left out.</summary>
    public static WriteOutcome WriteLastChunk(Span<byte> to, FieldTable? trailers, out int written)
    {
        var writer = new HeadWriter(to);
        writer.Raw("0\r\n"u8);
        for (var i = 0; trailers is not null && i < trailers.Count; i++)
        {
            var id = trailers.Id(i);
            if (id == KnownField.Removed || FieldKinds.IsForbiddenInTrailers(trailers.Name(i), id)) continue;
            writer.Field(trailers.Name(i), trailers.Value(i));
        }

        return writer.End(out written);
    }
}
