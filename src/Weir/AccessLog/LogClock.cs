using System.Globalization;
using System.Text;

namespace Weir.AccessLog;

/// <summary>Calendar text for records: the second's part is kept while the second lasts. UTC always. Not thread-safe.</summary>
internal sealed class LogClock
{
    private readonly byte[] _iso = new byte[19];
    private readonly byte[] _common = new byte[20];
    private long _second = long.MinValue;

    /// <summary><c>2026-11-23T06:27:59.123456Z</c>.</summary>
    public void Iso(LogLine line, long microseconds)
    {
        Refresh(Math.DivRem(microseconds, 1_000_000, out var rest));
        line.Raw(_iso);
        Fraction(line, (int)rest, 6);
        line.Raw((byte)'Z');
    }

    /// <summary><c>23/Nov/2026:06:27:59 +0000</c>, as NGINX and Apache write it.</summary>
    public void Common(LogLine line, long microseconds)
    {
        Refresh(microseconds / 1_000_000);
        line.Raw(_common);
        line.Raw(" +0000"u8);
    }

    /// <summary><c>23/Nov/2026:06:27:59.123</c>, as HAProxy writes it.</summary>
    public void Haproxy(LogLine line, long microseconds)
    {
        Refresh(Math.DivRem(microseconds, 1_000_000, out var rest));
        line.Raw(_common);
        Fraction(line, (int)rest / 1000, 3);
    }

    private static void Fraction(LogLine line, int value, int digits)
    {
        Span<byte> text = stackalloc byte[7];
        for (var i = digits; i > 0; i--)
        {
            text[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        text[0] = (byte)'.';
        line.Raw(text[..(digits + 1)]);
    }

    private void Refresh(long second)
    {
        if (second == _second) return;
        _second = second;
        var time = DateTimeOffset.FromUnixTimeSeconds(second).UtcDateTime;
        Encoding.ASCII.GetBytes(time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture), _iso);
        Encoding.ASCII.GetBytes(time.ToString("dd'/'MMM'/'yyyy:HH:mm:ss", CultureInfo.InvariantCulture), _common);
    }
}
