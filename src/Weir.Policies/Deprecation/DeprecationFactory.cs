using System.Globalization;
using System.Text;
using Weir.Sdk.Policies;

namespace Weir.Policies.Deprecation;

internal sealed class DeprecationFactory : PolicyFactory<DeprecationConfig>
{
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    public override string Kind => "deprecation";

    public override Policy? Create(DeprecationConfig config, PolicySetup setup)
    {
        var valid = Read("since", config.Since, setup, out var since);
        var sunset = default(DateTimeOffset);
        if (config.Sunset is not null) valid &= Read("sunset", config.Sunset, setup, out sunset);
        if (valid && config.Sunset is not null && sunset < since)
        {
            setup.Error("sunset", "bad-date", "what is deprecated cannot go away before it is (RFC 9745 §4)");
            valid = false;
        }

        valid &= IsUrl("link", config.Link, setup, isAbsolute: true) & IsUrl("successor", config.Successor, setup, isAbsolute: false);
        if (!valid) return null;
        // RFC 9745 §2: a date of structured fields; RFC 8594 §3: a date of HTTP.
        return new DeprecationPolicy(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"@{since.ToUnixTimeSeconds()}")),
            config.Sunset is null ? null : Encoding.ASCII.GetBytes(sunset.ToString("R", CultureInfo.InvariantCulture)),
            [.. Links(config).Select(Encoding.ASCII.GetBytes)]);
    }

    private static IEnumerable<string> Links(DeprecationConfig config)
    {
        if (config.Link is not null) yield return $"<{config.Link}>; rel=\"deprecation\"; type=\"text/html\"";
        if (config.Successor is not null) yield return $"<{config.Successor}>; rel=\"successor-version\"";
    }

    private static bool Read(string member, string text, PolicySetup setup, out DateTimeOffset date)
    {
        if (DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date)) return true;
        setup.Error(member, "bad-date", $"'{text}' is neither a day nor a time of UTC", "2026-01-31 or 2026-01-31T12:00:00Z");
        return false;
    }

    private static bool IsUrl(string member, string? text, PolicySetup setup, bool isAbsolute)
    {
        if (text is null) return true;
        if (text.Length > 0 && text.All(static c => c is > ' ' and <= '~' and not ('<' or '>' or '"')) && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var url)
            && (!isAbsolute || (url.IsAbsoluteUri && url.Scheme is "https" or "http"))) return true;
        setup.Error(member, "bad-url", $"'{text}' is not {(isAbsolute ? "an absolute URL" : "a URL")}", "https://developer.example.com/v1-ends");
        return false;
    }
}
