using System.Buffers.Text;
using Weir.Reactor.Sockets;

namespace Weir.AccessLog;

/// <summary>How text from the wire is made harmless in a format.</summary>
internal enum LogEscape : byte
{
    /// <summary>Control bytes, quotes, backslashes and everything past ASCII as <c>\xHH</c>.</summary>
    Hex,

    /// <summary>A JSON string's content; what is no UTF-8 becomes U+FFFD.</summary>
    Json,
}

/// <summary>The bytes that wait to be written, as long as they need to be; formats append to it. Not thread-safe.</summary>
internal sealed class LogLine(LogEscape escape)
{
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public LogClock Clock { get; } = new();

    public LogEscape Escape { get; set; } = escape;

    /// <summary>Forgets all but the first bytes.</summary>
    public void Truncate(int length) => _length = length;

    public void Raw(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    public void Raw(byte value)
    {
        Room(1)[0] = value;
        _length++;
    }

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        _length += written;
    }

    /// <summary>Microseconds as milliseconds with three digits: <c>12.345</c>.</summary>
    public void Milliseconds(long microseconds)
    {
        Number(microseconds / 1000);
        var rest = (int)(microseconds % 1000);
        var room = Room(4);
        room[0] = (byte)'.';
        room[1] = (byte)('0' + (rest / 100));
        room[2] = (byte)('0' + (rest / 10 % 10));
        room[3] = (byte)('0' + (rest % 10));
        _length += 4;
    }

    /// <summary>An address without its port.</summary>
    public void Address(PeerAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = address.CopyTo(bytes);
        if (length == 4)
        {
            for (var i = 0; i < 4; i++)
            {
                if (i > 0) Raw((byte)'.');
                Number(bytes[i]);
            }

            return;
        }

        new System.Net.IPAddress(bytes).TryFormat(Room(64), out var written);
        _length += written;
    }

    /// <summary>A name from the configuration.</summary>
    public void Name(string name)
    {
        Span<byte> bytes = stackalloc byte[256];
        var length = System.Text.Encoding.UTF8.TryGetBytes(name, bytes, out var written) ? written : 0;
        Text(length > 0 || name.Length == 0 ? bytes[..length] : System.Text.Encoding.UTF8.GetBytes(name));
    }

    /// <summary>Text from the wire, escaped as the format asks.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        if (Escape == LogEscape.Json) _length += LogEscaping.Json(text, Room(text.Length * 6));
        else _length += LogEscaping.Hex(text, Room(text.Length * 4));
    }

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - _length < length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        return _bytes.AsSpan(_length, length);
    }
}
