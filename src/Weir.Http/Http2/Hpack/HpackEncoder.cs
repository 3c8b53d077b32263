using System.Buffers.Binary;
using Weir.Http.Fields;

namespace Weir.Http.Http2.Hpack;

/// <summary>
/// What an encoder of field blocks remembers from block to block: its table, what it owes the peer, and what it saw lately.
/// Blocks are written by <see cref="HpackWriter"/>, and have to be sent in the order they were written. LoopState of a connection.
/// </summary>
public sealed class HpackEncoder
{
    /// <summary>More is not used, whatever the peer allows: what is worth keeping fits, and each connection pays for it.</summary>
    public const int MaxTableSize = 4096;

    private const int NothingOwed = -1;

    // Direct-mapped by the top bits of a hash: 64 fields are remembered.
    private const int SeenShift = 26;

    // Said in the same way by all messages of a connection: put in the table at once.
    private static readonly FieldSet Stable = FieldSet.Of(
        KnownField.Server, KnownField.ContentType, KnownField.Vary, KnownField.CacheControl, KnownField.ContentEncoding, KnownField.Via,
        KnownField.StrictTransportSecurity, KnownField.AltSvc, KnownField.XContentTypeOptions, KnownField.Accept, KnownField.AcceptEncoding,
        KnownField.UserAgent);

    // RFC 7541 §7.1.3: what an attacker could guess piece by piece.
    private static readonly FieldSet Secret =
        FieldSet.Of(KnownField.Authorization, KnownField.ProxyAuthorization, KnownField.Cookie, KnownField.SetCookie);

    private readonly uint[] _seen = new uint[1 << (32 - SeenShift)];
    private int _owed = NothingOwed;

    public HpackEncoder() => Table.Resize(MaxTableSize);

    /// <summary>Strings are Huffman-encoded where that is shorter. Without, they cost less time and more bytes.</summary>
    public bool UsesHuffman { get; init; } = true;

    /// <summary>Bytes that the dynamic table takes by its own count.</summary>
    public int TableSize => Table.Size;

    internal DynamicTable Table { get; } = new();

    /// <summary>Room for a name in lower case; longer names are never put in the table.</summary>
    internal byte[] LowerCase { get; } = new byte[128];

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE, from the next block on.</summary>
    public void SetPeerLimit(uint size)
    {
        var capacity = (int)Math.Min(size, MaxTableSize);
        if (capacity == Table.Capacity) return;
        Table.Resize(capacity);
        _owed = _owed == NothingOwed ? capacity : Math.Min(_owed, capacity);
    }

    /// <summary>
    /// The block written last will not be sent. The table is emptied, and the next block tells the peer to empty its own, so that
    /// both are the same again.
    /// </summary>
    public void Abandon()
    {
        Table.Clear();
        _owed = 0;
    }

    /// <summary>The size updates that the next block begins with, RFC 7541 §4.2: the smallest size since the last block, then the size.</summary>
    internal bool TryTakeUpdates(out int smallest, out int size)
    {
        (smallest, size) = (_owed, Table.Capacity);
        _owed = NothingOwed;
        return smallest != NothingOwed;
    }

    internal static bool IsSecret(KnownField id) => id != KnownField.Other && Secret.Contains(id);

    /// <summary>
    /// A field that is not in the table is put there when it is known to be stable, or is seen for the second time lately. What
    /// is different in every message never pushes out what is not.
    /// </summary>
    internal bool IsWorthIndexing(KnownField id, uint hash, int length)
    {
        if (length + DynamicTable.EntryCost > Table.Capacity / 2) return false;
        if (id != KnownField.Other && Stable.Contains(id)) return true;
        ref var seen = ref _seen[hash >> SeenShift];
        if (seen == hash) return true;
        seen = hash;
        return false;
    }

    internal static uint Hash(ReadOnlySpan<byte> name, KnownField id, ReadOnlySpan<byte> value)
    {
        var hash = id != KnownField.Other ? Mix(0, (ulong)id) : Hash(name, (ulong)name.Length << 8);
        hash = Hash(value, hash);
        return (uint)(hash >> 32) ^ (uint)hash;
    }

    // Eight bytes at a time, the last ones overlapping; of shorter texts all bytes, some of them twice.
    private static ulong Hash(ReadOnlySpan<byte> text, ulong hash)
    {
        hash ^= (ulong)text.Length << 56;
        if (text.Length >= sizeof(ulong))
        {
            for (var at = 0; at < text.Length - sizeof(ulong); at += sizeof(ulong)) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(text[at..]));
            return Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]));
        }

        if (text.Length >= sizeof(uint))
        {
            ulong last = BinaryPrimitives.ReadUInt32LittleEndian(text[^sizeof(uint)..]);
            return Mix(hash, BinaryPrimitives.ReadUInt32LittleEndian(text) | (last << 32));
        }

        return text.IsEmpty ? Mix(hash, 0) : Mix(hash, text[0] | ((ulong)text[text.Length / 2] << 8) | ((ulong)text[^1] << 16));
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
