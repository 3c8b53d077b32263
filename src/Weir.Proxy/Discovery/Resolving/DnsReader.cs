using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>Reads what a server says (RFC 1035 §4.1). Nothing in a message is believed: every length is checked, and pointers of names lead backwards only, so that they end.</summary>
internal ref struct DnsReader
{
    // A message of 64 KiB has no more records than this, of 12 bytes at least.
    private const int MostRecords = 5500;
    private const int LongestName = 255;

    private readonly ReadOnlySpan<byte> _message;
    private int _at;

    private DnsReader(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Null when it is not a well-formed answer to this question: someone else's, a forged one, or a broken one.</summary>
    public static DnsMessage? Read(ReadOnlySpan<byte> message, ushort id, string name, DnsType type)
    {
        if (message.Length < 12 || BinaryPrimitives.ReadUInt16BigEndian(message) != id) return null;
        // A response, of the kind of a query.
        if ((message[2] & 0xF8) != 0x80) return null;
        var reader = new DnsReader(message) { _at = 12 };
        var code = (DnsCode)(message[3] & 0x0F);
        var isTruncated = (message[2] & 0x02) != 0;
        if (!reader.IsQuestion(Count(message, 4), name, type)) return null;
        var (answers, authorities, additional) = (Count(message, 6), Count(message, 8), Count(message, 10));
        if (answers + authorities + additional > MostRecords) return null;
        var (first, last) = (new List<DnsRecord>(), new List<DnsRecord>());
        // Of one that is cut off the rest is asked for over TCP.
        var isWhole = reader.TryRecords(answers, first) && reader.TryRecords(authorities, null) && reader.TryRecords(additional, last);
        return isWhole || isTruncated ? new DnsMessage(code, isTruncated, first, last) : null;
    }

    private static int Count(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private bool IsQuestion(int count, string name, DnsType type)
    {
        if (count != 1 || TryName() is not { } asked || asked != name || _message.Length - _at < 4) return false;
        var right = Count(_message, _at) == (int)type && Count(_message, _at + 2) == 1;
        _at += 4;
        return right;
    }

    private bool TryRecords(int count, List<DnsRecord>? into)
    {
        for (var i = 0; i < count; i++)
        {
            if (TryName() is not { } name || _message.Length - _at < 10) return false;
            var type = (DnsType)Count(_message, _at);
            var isInternet = Count(_message, _at + 2) == 1;
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(_message[(_at + 4)..]);
            var length = Count(_message, _at + 8);
            _at += 10;
            if (_message.Length - _at < length) return false;
            var end = _at + length;
            // RFC 2181 §8: with the highest bit set it is 0.
            var record = new DnsRecord(name, type, ttl > int.MaxValue ? 0 : ttl);
            if (isInternet && into is not null)
            {
                if (!TryData(record, end, out var known)) return false;
                if (known is not null) into.Add(known);
            }

            _at = end;
        }

        return true;
    }

    // False when it is broken; null for a type that is not looked at.
    private bool TryData(DnsRecord record, int end, out DnsRecord? known)
    {
        known = null;
        var length = end - _at;
        switch (record.Type)
        {
            case DnsType.A or DnsType.Aaaa:
                if (length != (record.Type == DnsType.A ? 4 : 16)) return false;
                known = record with { Address = new IPAddress(_message[_at..end]) };
                return true;
            case DnsType.Cname:
                if (TryName() is not { } target || _at != end) return false;
                known = record with { Target = target };
                return true;
            case DnsType.Srv:
                if (length < 7) return false;
                var srv = record with { Priority = (ushort)Count(_message, _at), Weight = (ushort)Count(_message, _at + 2), Port = (ushort)Count(_message, _at + 4) };
                _at += 6;
                if (TryName() is not { } server || _at != end) return false;
                known = srv with { Target = server };
                return true;
            default:
                return true;
        }
    }

    // Leaves _at behind the name as it stands here, wherever its pointers lead.
    private string? TryName()
    {
        var text = new StringBuilder();
        var (at, limit, behind, length) = (_at, _at, -1, 0);
        while (at < _message.Length)
        {
            var first = _message[at];
            switch (first & 0xC0)
            {
                case 0xC0:
                    if (at + 1 >= _message.Length) return null;
                    if (behind < 0) behind = at + 2;
                    at = ((first & 0x3F) << 8) | _message[at + 1];
                    if (at >= limit) return null;
                    limit = at;
                    break;
                case 0x00 when first == 0:
                    _at = behind < 0 ? at + 1 : behind;
                    return text.ToString();
                case 0x00:
                    length += first + 1;
                    if (length >= LongestName || at + 1 + first > _message.Length || !TryLabel(text, _message.Slice(at + 1, first))) return null;
                    at += 1 + first;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    // A dot within a label, or what is no text, could make a name look like another.
    private static bool TryLabel(StringBuilder text, ReadOnlySpan<byte> label)
    {
        if (text.Length > 0) text.Append('.');
        foreach (var b in label)
        {
            if (b is <= (byte)' ' or > (byte)'~' or (byte)'.') return false;
            text.Append(char.ToLowerInvariant((char)b));
        }

        return true;
    }
}
