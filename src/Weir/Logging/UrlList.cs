using System.Globalization;

namespace Weir.Logging;

/// <summary>URLs in one line of the log, however many there are.</summary>
internal static class UrlList
{
    private const int Shown = 8;

    public static string Of(IReadOnlyList<string> urls)
    {
        if (urls.Count == 0) return "none";
        var first = string.Join(' ', urls.Take(Shown));
        return urls.Count <= Shown ? first : string.Create(CultureInfo.InvariantCulture, $"{first} and {urls.Count - Shown} more");
    }
}
