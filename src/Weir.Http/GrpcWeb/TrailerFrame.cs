using System.Buffers.Binary;
using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.GrpcWeb;

/// <summary>
/// Trailers as the last message of a body: flag 0x80, a length, and lines as in HTTP/1 with names in lower case. PROTOCOL-WEB.md of gRPC,
/// section Message framing. Binary values stay in base64 in the text form too, as all who speak it have it.
/// </summary>
public static class TrailerFrame
{
    private const int PrefixLength = 5;

    /// <summary>Bytes of the frame. <paramref name="more"/>: lines that are no trailers, whole.</summary>
    public static long LengthOf(FieldTable? trailers, ReadOnlySpan<byte> more)
    {
        long length = PrefixLength + more.Length;
        for (var i = 0; i < (trailers?.Count ?? 0); i++)
            if (IsSaid(trailers!, i)) length += trailers!.Name(i).Length + 2 + trailers.Value(i).Length + 2;
        return length;
    }

    /// <summary>Writes the frame into a room of <see cref="LengthOf"/>, at least. How long it is.</summary>
    public static int Write(Span<byte> to, FieldTable? trailers, ReadOnlySpan<byte> more)
    {
        var at = PrefixLength;
        for (var i = 0; i < (trailers?.Count ?? 0); i++)
        {
            if (!IsSaid(trailers!, i)) continue;
            Ascii.ToLower(trailers!.Name(i), to[at..], out var name);
            at += name;
            at += Copy(": "u8, to[at..]);
            at += Copy(trailers.Value(i), to[at..]);
            at += Copy("\r\n"u8, to[at..]);
        }

        at += Copy(more, to[at..]);
        to[0] = 0x80;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], at - PrefixLength);
        return at;
    }

    private static bool IsSaid(FieldTable trailers, int position)
        => trailers.Id(position) != KnownField.Removed && !FieldKinds.IsForbiddenInTrailers(trailers.Name(position), trailers.Id(position));

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> to)
    {
        text.CopyTo(to);
        return text.Length;
    }
}
