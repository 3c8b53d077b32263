using System.Buffers.Text;

namespace Weir.Http.Http1;

/// <summary>The Date of now, RFC 9110 §5.6.7, formatted once a second. LoopState: one for each loop, refreshed from its clock.</summary>
public sealed class DateCache
{
    private const int ValueStart = 6;
    private const int ValueLength = 29;

    private readonly byte[] _line = new byte[ValueStart + ValueLength + 2];
    private long _second = long.MinValue;

    public DateCache(DateTimeOffset now)
    {
        "Date: "u8.CopyTo(_line);
        "\r\n"u8.CopyTo(_line.AsSpan(ValueStart + ValueLength));
        Refresh(now);
    }

    /// <summary>"Date: Sun, 06 Nov 1994 08:49:37 GMT" with its line end.</summary>
    public ReadOnlySpan<byte> Line => _line;

    public ReadOnlySpan<byte> Value => _line.AsSpan(ValueStart, ValueLength);

    /// <summary>Does nothing within the same second.</summary>
    public void Refresh(DateTimeOffset now)
    {
        var second = now.ToUnixTimeSeconds();
        if (second == _second) return;
        _second = second;
        Utf8Formatter.TryFormat(now.UtcDateTime, _line.AsSpan(ValueStart), out _, 'R');
    }
}
