using System.Globalization;

namespace Weir.Config.Records;

/// <summary>Statuses, written <c>204</c> or <c>200-399</c>; both ends are included.</summary>
public readonly record struct StatusRange(int From, int To)
{
    /// <summary>False when it is none.</summary>
    public static bool TryParse(string text, out StatusRange range)
    {
        var dash = text.IndexOf('-');
        var (from, to) = dash < 0 ? (text, text) : (text[..dash], text[(dash + 1)..]);
        range = TryStatus(from, out var first) && TryStatus(to, out var last) ? new StatusRange(first, last) : default;
        return range.From > 0 && range.From <= range.To;
    }

    public bool Contains(int status) => status >= From && status <= To;

    private static bool TryStatus(string text, out int status)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
