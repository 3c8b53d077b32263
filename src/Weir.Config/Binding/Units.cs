using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.Config.Binding;

/// <summary>
/// Durations, sizes, rates and percentages as text, both ways. Strict: no space, no fraction (but of a percentage), no unit left out, units of a duration from the
/// large to the small and each once; what does not fit is refused, never cut.
/// </summary>
internal static partial class Units
{
    private static readonly (string Name, long Milliseconds)[] DurationUnits = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    private static readonly (string Name, long Bytes)[] SizeUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ];

    private static readonly (string Name, TimeSpan Per)[] RateUnits =
        [("s", TimeSpan.FromSeconds(1)), ("min", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1))];

    /// <summary>The reason when it is none; null when it is.</summary>
    public static string? TryDuration(string text, out TimeSpan value)
    {
        value = default;
        if (text == "0") return null;
        if (CoreSchema.IsInteger(text)) return $"a duration needs a unit: {text}ms or {text}s?";
        var total = 0L;
        var lastUnit = -1;
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var digits = TakeNumber(ref rest, out var number);
            var unit = TakeWord(ref rest);
            var at = Array.FindIndex(DurationUnits, u => u.Name == unit);
            if (!digits || at < 0) return Reason(unit);
            if (at <= lastUnit) return "units go from the large to the small, each once";
            lastUnit = at;
            var ms = DurationUnits[at].Milliseconds;
            if (number > (TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond / ms) || (total += number * ms) > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond) return "it is too long";
        }

        value = TimeSpan.FromMilliseconds(total);
        return text.Length == 0 ? "the units are ms, s, m, h and d" : null;
    }

    public static string? TrySize(string text, out ByteSize value)
    {
        value = default;
        var rest = text.AsSpan();
        if (!TakeNumber(ref rest, out var number)) return "the units are KiB, MiB, GiB, kB, MB and GB";
        var word = rest.ToString();
        if (word.Length == 0)
        {
            value = new ByteSize(number);
            return number == long.MaxValue ? "it is too large" : null;
        }

        var unit = Array.Find(SizeUnits, u => u.Name == word);
        if (unit.Name is null) return SizeReason(word);
        if (number > long.MaxValue / unit.Bytes) return "it is too large";
        value = new ByteSize(number * unit.Bytes);
        return null;
    }

    public static string? TryRate(string text, out Rate value)
    {
        value = default;
        var rest = text.AsSpan();
        if (!TakeNumber(ref rest, out var count) || !rest.StartsWith('/')) return "it is written 100/min";
        var word = rest[1..].ToString();
        var unit = Array.Find(RateUnits, u => u.Name == word);
        if (unit.Name is null) return word is "m" or "minute" ? "did you mean /min?" : "the units are s, min, h and d";
        if (count == long.MaxValue) return "it is too large";
        value = new Rate(count, unit.Per);
        return null;
    }

    /// <summary>A number alone may be meant of a hundred or of one: it is refused, and nothing guessed.</summary>
    public static string? TryPercent(string text, out Percent value)
    {
        value = default;
        if (text == "0") return null;
        var match = PercentText().Match(text);
        if (!match.Success) return "it is written 20% or 0.5%";
        var number = double.Parse(match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (!match.Groups["sign"].Success) return number <= 1 ? $"a percentage needs its sign: {new Percent(number)} or {new Percent(number * 100)}?" : $"a percentage needs its sign: {new Percent(number)}";
        value = new Percent(number);
        return null;
    }

    /// <summary>In the largest unit that divides it: 90s, 5m, 1h.</summary>
    public static string Write(TimeSpan value)
    {
        var ms = value.Ticks / TimeSpan.TicksPerMillisecond;
        if (ms == 0) return "0s";
        var unit = Array.Find(DurationUnits, u => ms % u.Milliseconds == 0);
        return (ms / unit.Milliseconds).ToString(CultureInfo.InvariantCulture) + unit.Name;
    }

    public static string Write(Rate value)
    {
        var unit = Array.Find(RateUnits, u => u.Per == value.Per);
        return value.Count.ToString(CultureInfo.InvariantCulture) + "/" + (unit.Name ?? Write(value.Per));
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,9}(\.[0-9]{1,9})?)(?<sign>%)?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PercentText();

    // Saturates, so that the caller sees that it does not fit.
    private static bool TakeNumber(ref ReadOnlySpan<char> rest, out long number)
    {
        var n = rest.IndexOfAnyExceptInRange('0', '9');
        if (n < 0) n = rest.Length;
        number = 0;
        if (n > 0 && !long.TryParse(rest[..n], NumberStyles.None, CultureInfo.InvariantCulture, out number)) number = long.MaxValue;
        rest = rest[n..];
        return n > 0;
    }

    private static string TakeWord(ref ReadOnlySpan<char> rest)
    {
        var n = rest.IndexOfAnyInRange('0', '9');
        if (n < 0) n = rest.Length;
        var word = rest[..n].ToString();
        rest = rest[n..];
        return word;
    }

    private static string Reason(string unit) => unit switch
    {
        "min" or "mins" => "minutes are written m",
        "sec" or "secs" => "seconds are written s",
        _ when unit.StartsWith('.') => "no fractions: 1500ms or 1s500ms",
        _ => "the units are ms, s, m, h and d",
    };

    private static string SizeReason(string word)
    {
        if (word.StartsWith('.')) return "no fractions: 1536KiB";
        var close = Array.Find(SizeUnits, u => string.Equals(u.Name, word, StringComparison.OrdinalIgnoreCase) || string.Equals(u.Name[..1], word, StringComparison.OrdinalIgnoreCase)).Name;
        return close is null ? "the units are KiB, MiB, GiB, kB, MB and GB" : $"did you mean {close}?";
    }
}
