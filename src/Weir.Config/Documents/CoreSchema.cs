using System.Globalization;
using System.Numerics;

namespace Weir.Config.Documents;

public enum CoreKind : byte { Text, Null, Boolean, Integer, Real }

/// <summary>What a plain scalar is by the core schema of YAML 1.2, section 10.3: <c>no</c>, <c>on</c> and <c>1_000</c> are text.</summary>
internal static class CoreSchema
{
    public static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE";
    }

    public static CoreKind KindOf(string text)
    {
        if (IsNull(text)) return CoreKind.Null;
        if (TryBoolean(text, out _)) return CoreKind.Boolean;
        if (IsInteger(text)) return CoreKind.Integer;
        return IsReal(text) ? CoreKind.Real : CoreKind.Text;
    }

    public static bool IsInteger(string text)
    {
        if (text.StartsWith("0o", StringComparison.Ordinal)) return text.Length > 2 && !text.AsSpan(2).ContainsAnyExceptInRange('0', '7');
        if (text.StartsWith("0x", StringComparison.Ordinal)) return text.Length > 2 && IsHex(text.AsSpan(2));
        var digits = text.AsSpan(text.Length > 0 && text[0] is '-' or '+' ? 1 : 0);
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>The number of an integer; false when it is none, or does not fit (<paramref name="overflow"/>).</summary>
    public static bool TryInteger(string text, out long value, out bool overflow)
    {
        (value, overflow) = (0, false);
        if (!IsInteger(text)) return false;
        var wide = text.Length > 2 && text[1] == 'o' ? Octal(text)
            : text.Length > 2 && text[1] == 'x' ? (text.Length > 18 ? ulong.MaxValue : BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            : text.Length > 64 ? ulong.MaxValue : BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        overflow = wide < long.MinValue || wide > long.MaxValue;
        if (!overflow) value = (long)wide;
        return !overflow;
    }

    public static bool TryReal(string text, out double value)
    {
        if (TryInteger(text, out var whole, out _))
        {
            value = whole;
            return true;
        }

        value = 0;
        return IsReal(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, and .inf and .nan, which no setting takes.
    private static bool IsReal(string text)
    {
        var rest = text.AsSpan(text.Length > 0 && text[0] is '-' or '+' ? 1 : 0);
        if (rest is ".inf" or ".Inf" or ".INF" || text is ".nan" or ".NaN" or ".NAN") return true;
        var whole = SkipDigits(ref rest);
        var fraction = 0;
        if (rest.StartsWith('.'))
        {
            rest = rest[1..];
            fraction = SkipDigits(ref rest);
        }

        if (whole + fraction == 0) return false;
        if (rest.IsEmpty) return true;
        if (rest[0] is not ('e' or 'E')) return false;
        rest = rest[1..];
        if (rest.Length > 0 && rest[0] is '-' or '+') rest = rest[1..];
        return SkipDigits(ref rest) > 0 && rest.IsEmpty;
    }

    private static int SkipDigits(ref ReadOnlySpan<char> rest)
    {
        var n = rest.IndexOfAnyExceptInRange('0', '9');
        if (n < 0) n = rest.Length;
        rest = rest[n..];
        return n;
    }

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
        }

        return true;
    }

    private static BigInteger Octal(string text)
    {
        if (text.Length > 26) return ulong.MaxValue;
        BigInteger value = 0;
        foreach (var c in text.AsSpan(2)) value = (value * 8) + (c - '0');
        return value;
    }
}
