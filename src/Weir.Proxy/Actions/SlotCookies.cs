using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Weir.Http.Fields;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Actions;

/// <summary>
/// The cookie that keeps a client's slot: the slot, a point, and the mark that only who has the key can make. The marks are made off the
/// loops, so that no signature is computed on the way.
/// </summary>
internal static class SlotCookies
{
    private const int MarkLength = 11;

    /// <summary>The slot of the client's cookie, when one of the keys signed it.</summary>
    public static bool TryRead(FieldTable request, SlotCookie cookie, out int slot, out bool isNewest)
    {
        slot = 0;
        isNewest = false;
        if (!Cookies.TryFind(request, cookie.Name, out var text) || !TryRead(text, out var claimed, out var mark)) return false;
        for (var key = 0; key < cookie.Marks.Length; key++)
        {
            if ((cookie.Marks[key][claimed] ^ mark) != 0) continue;
            (slot, isNewest) = (claimed, key == 0);
            return true;
        }

        return false;
    }

    public static void Set(Exchange x, SlotCookie cookie, int slot)
    {
        Span<byte> mark = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(mark, cookie.Marks[0][slot]);
        Span<byte> value = stackalloc byte[5 + 1 + MarkLength];
        Utf8Formatter.TryFormat(slot, value, out var digits);
        value[digits] = (byte)'.';
        Base64Url.EncodeToUtf8(mark, value[(digits + 1)..], out _, out _);
        Cookies.Set(x, cookie.Name, value[..(digits + 1 + MarkLength)], cookie.Attributes);
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out int slot, out ulong mark)
    {
        mark = 0;
        if (!Utf8Parser.TryParse(text, out slot, out var digits) || slot is < 0 or >= Split.Slots) return false;
        if (text.Length != digits + 1 + MarkLength || text[digits] != '.') return false;
        Span<byte> bytes = stackalloc byte[8];
        if (Base64Url.DecodeFromUtf8(text[(digits + 1)..], bytes, out _, out var written) != OperationStatus.Done || written != bytes.Length) return false;
        mark = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return true;
    }
}
