using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Weir.Http.Fields;

/// <summary>Finds a known field by its name in any case, and gives its name in lower case.</summary>
public static class KnownFields
{
    private const int TableSize = 512;
    private const ulong LowerCase = 0x2020202020202020;

    private static readonly byte[][] Names = MakeNames();
    private static readonly KnownField[] Table = MakeTable();

    /// <summary>The field's kind, or <see cref="KnownField.Other"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KnownField Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return KnownField.Other;
        var slot = Hash(name);
        while (true)
        {
            var candidate = Table[slot];
            if (candidate == KnownField.Other) return KnownField.Other;
            if (IsSame(name, Names[(int)candidate])) return candidate;
            slot = (slot + 1) & (TableSize - 1);
        }
    }

    // Eight bytes at a time, the last ones overlapping. Setting bit 5 makes letters lower-case and, of the other bytes of a token,
    // leaves what known names have ('-' and digits) alone; a control byte that it turns into one of those is told by its bits 5 and 6.
    private static bool IsSame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known)
    {
        if (name.Length != known.Length) return false;
        if (name.Length < sizeof(ulong)) return Ascii.EqualsIgnoreCase(name, known);
        for (var at = 0; at <= name.Length - sizeof(ulong); at += sizeof(ulong))
            if (!IsSameWord(MemoryMarshal.Read<ulong>(name[at..]), MemoryMarshal.Read<ulong>(known[at..]))) return false;
        return IsSameWord(MemoryMarshal.Read<ulong>(name[^sizeof(ulong)..]), MemoryMarshal.Read<ulong>(known[^sizeof(ulong)..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSameWord(ulong name, ulong known)
        => (name | LowerCase) == known && ((name | (name >> 1)) & LowerCase) == LowerCase;

    /// <summary>The name in lower case, as HTTP/2 and the logs write it.</summary>
    public static ReadOnlySpan<byte> Name(KnownField id) => Names[(int)id];

    private static int Hash(ReadOnlySpan<byte> name)
        => ((name.Length * 37) + ((name[0] | 0x20) * 5) + ((name[^1] | 0x20) * 131) + ((name[name.Length / 2] | 0x20) * 17)) & (TableSize - 1);

    private static KnownField[] MakeTable()
    {
        var table = new KnownField[TableSize];
        for (var id = KnownField.Removed + 1; (int)id < Names.Length; id++)
        {
            var slot = Hash(Names[(int)id]);
            while (table[slot] != KnownField.Other) slot = (slot + 1) & (TableSize - 1);
            table[slot] = id;
        }

        return table;
    }

    // "XForwardedFor" is x-forwarded-for: a hyphen before every capital, with the exceptions spelled out.
    private static byte[][] MakeNames()
    {
        var ids = Enum.GetValues<KnownField>();
        var names = new byte[ids.Length][];
        foreach (var id in ids)
        {
            names[(int)id] = Encoding.ASCII.GetBytes(id switch
            {
                KnownField.Other or KnownField.Removed => "",
                KnownField.TE => "te",
                KnownField.ETag => "etag",
                KnownField.Http2Settings => "http2-settings",
                KnownField.TraceParent => "traceparent",
                KnownField.TraceState => "tracestate",
                KnownField.SecWebSocketKey => "sec-websocket-key",
                KnownField.SecWebSocketVersion => "sec-websocket-version",
                KnownField.SecWebSocketAccept => "sec-websocket-accept",
                _ => Hyphenate(id.ToString()),
            });
        }

        return names;
    }

    private static string Hyphenate(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i])) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
