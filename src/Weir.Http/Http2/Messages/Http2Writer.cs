using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Messages;

namespace Weir.Http.Http2.Messages;

/// <summary>
/// Writes heads and trailers anew from what was understood, as <see cref="Http1Writer"/> does and from the same options: nothing
/// of the received framing, host or connection fields is copied. RFC 9113 §8.
/// </summary>
public static class Http2Writer
{
    private const int LongestOnStack = 512;

    private static readonly byte[][] Statuses =
        [.. Enumerable.Range(0, 600).Select(static s => Encoding.ASCII.GetBytes(s.ToString(CultureInfo.InvariantCulture)))];

    public static void WriteRequest(ref HpackWriter writer, RequestHead head, FieldOverlay? overlay, in RequestWriteOptions options)
    {
        var isTunnel = head.Form == TargetForm.Authority;
        writer.Pseudo(":method"u8, options.Upgrade.IsEmpty ? head.MethodSpan : "CONNECT"u8);
        if (!options.Upgrade.IsEmpty)
        {
            if (!FieldRules.IsToken(options.Upgrade)) writer.Invalid();
            writer.Pseudo(":protocol"u8, options.Upgrade);
        }

        if (!isTunnel) writer.Pseudo(":scheme"u8, options.Https ? "https"u8 : "http"u8);
        WriteAuthority(ref writer, head, overlay, options.Host);
        if (!isTunnel) WritePath(ref writer, head, options.Target);
        writer.Fields(head.Fields, overlay, options.Skip.With(FieldKinds.MadeForRequest), FieldKinds.MadeForRequest);
        if (options.Framing == BodyFraming.Length) writer.Decimal(KnownField.ContentLength, options.ContentLength);
        if (options.TakesTrailers) writer.Known(KnownField.TE, "trailers"u8);
    }

    public static void WriteResponse(ref HpackWriter writer, ResponseHead head, FieldOverlay? overlay, in ResponseWriteOptions options)
    {
        WriteStatus(ref writer, head.Status);
        writer.Fields(head.Fields, overlay, options.Skip.With(FieldKinds.MadeForResponse), FieldKinds.MadeForResponse);
        if (options.Framing == BodyFraming.Length) writer.Decimal(KnownField.ContentLength, options.ContentLength);
        if (options.Date is not null && !HasDate(head, overlay)) writer.Known(KnownField.Date, options.Date.Value);
    }

    public static void WriteStatus(ref HpackWriter writer, int status)
    {
        Debug.Assert(status is >= 100 and <= 599 and not 101);
        writer.Pseudo(":status"u8, Statuses[status]);
    }

    /// <summary>Those of <see cref="FieldKinds.IsForbiddenInTrailers"/> are left out.</summary>
    public static void WriteTrailers(ref HpackWriter writer, FieldTable trailers)
    {
        for (var i = 0; i < trailers.Count; i++)
        {
            var id = trailers.Id(i);
            if (id == KnownField.Removed || FieldKinds.IsForbiddenInTrailers(trailers.Name(i), id)) continue;
            writer.Field(trailers.Name(i), trailers.Value(i));
        }
    }

    // §8.3.1: not empty; a client of HTTP/1.0 may have named none.
    private static void WriteAuthority(ref HpackWriter writer, RequestHead head, FieldOverlay? overlay, ReadOnlySpan<byte> host)
    {
        if (host.IsEmpty)
            host = overlay is { IsEmpty: false } && overlay.Added.Has(KnownField.Host) ? overlay.Added.Get(KnownField.Host) : head.AuthoritySpan;
        if (!host.IsEmpty) Target(ref writer, ":authority"u8, host);
    }

    private static void WritePath(ref HpackWriter writer, RequestHead head, ReadOnlySpan<byte> target)
    {
        if (!target.IsEmpty)
        {
            Target(ref writer, ":path"u8, target);
            return;
        }

        if (head.Form == TargetForm.Asterisk)
        {
            writer.Pseudo(":path"u8, "*"u8);
            return;
        }

        if (!head.HasQuery)
        {
            Target(ref writer, ":path"u8, head.PathSpan);
            return;
        }

        var length = head.Path.Length + 1 + head.Query.Length;
        byte[]? rented = null;
        var whole = length <= LongestOnStack ? stackalloc byte[LongestOnStack] : rented = ArrayPool<byte>.Shared.Rent(length);
        head.PathSpan.CopyTo(whole);
        whole[head.Path.Length] = (byte)'?';
        head.QuerySpan.CopyTo(whole[(head.Path.Length + 1)..]);
        Target(ref writer, ":path"u8, whole[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Target(ref HpackWriter writer, ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (value.ContainsAnyExceptInRange((byte)'!', (byte)'~')) writer.Invalid();
        else writer.Pseudo(name, value);
    }

    private static bool HasDate(ResponseHead head, FieldOverlay? overlay)
        => overlay is { IsEmpty: false } ? !overlay.Get("date"u8).IsEmpty : head.Fields.Has(KnownField.Date);
}
