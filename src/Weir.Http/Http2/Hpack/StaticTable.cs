using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.Http2.Hpack;

/// <summary>RFC 7541, Appendix A. Indexes begin at 1.</summary>
internal static class StaticTable
{
    public const int Count = 61;

    private const int SlotCount = 256;

    private static readonly Entry[] Entries = MakeEntries();
    private static readonly byte[] Slots = MakeSlots();
    private static readonly byte[] ById = MakeIds();

    /// <summary>The entry of an index of 1 to <see cref="Count"/>.</summary>
    public static HpackField Get(int index)
    {
        var entry = Entries[index];
        return new HpackField(entry.Name, entry.Value, entry.Id, entry.Pseudo, FieldMarks.None);
    }

    /// <summary>The first index with this name in lower case, or 0.</summary>
    public static int FindName(ReadOnlySpan<byte> name, KnownField id)
    {
        if (id != KnownField.Other) return ById[(int)id];
        if (name.IsEmpty) return 0;
        for (var slot = Hash(name); Slots[slot] != 0; slot = (slot + 1) & (SlotCount - 1))
            if (Entries[Slots[slot]].Name.AsSpan().SequenceEqual(name)) return Slots[slot];
        return 0;
    }

    /// <summary>The index with this value among those that follow each other under the name of <paramref name="first"/>, or 0.</summary>
    public static int FindValue(int first, ReadOnlySpan<byte> value)
    {
        for (var i = first; i <= Count && Entries[i].Group == first; i++)
            if (Entries[i].Value.AsSpan().SequenceEqual(value)) return i;
        return 0;
    }

    private static int Hash(ReadOnlySpan<byte> name) => ((name.Length * 37) + (name[0] * 5) + (name[^1] * 131) + (name[name.Length / 2] * 17)) & (SlotCount - 1);

    private static byte[] MakeSlots()
    {
        var slots = new byte[SlotCount];
        for (var i = 1; i <= Count; i++)
        {
            if (Entries[i].Group != i) continue;
            var slot = Hash(Entries[i].Name);
            while (slots[slot] != 0) slot = (slot + 1) & (SlotCount - 1);
            slots[slot] = (byte)i;
        }

        return slots;
    }

    private static byte[] MakeIds()
    {
        var indexes = new byte[Enum.GetValues<KnownField>().Length];
        for (var i = Count; i >= 1; i--)
            if (Entries[i].Id != KnownField.Other) indexes[(int)Entries[i].Id] = (byte)i;
        return indexes;
    }

    private static Entry[] MakeEntries()
    {
        var entries = new Entry[Count + 1];
        var group = 0;
        var texts = Texts();
        entries[0] = new Entry([], [], KnownField.Other, PseudoField.None, 0);
        for (var i = 1; i <= Count; i++)
        {
            var (name, value) = texts[i - 1];
            if (i == 1 || texts[i - 2].Name != name) group = i;
            var bytes = Encoding.ASCII.GetBytes(name);
            entries[i] = new Entry(bytes, Encoding.ASCII.GetBytes(value), KnownFields.Find(bytes), HpackField.FindPseudo(bytes), group);
        }

        return entries;
    }

    private static (string Name, string Value)[] Texts() =>
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
        (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
        (":status", "404"), (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""),
        ("accept-ranges", ""), ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""),
        ("cache-control", ""), ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""),
        ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
        ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
        ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""),
        ("via", ""), ("www-authenticate", ""),
    ];

    private sealed record Entry(byte[] Name, byte[] Value, KnownField Id, PseudoField Pseudo, int Group);
}
