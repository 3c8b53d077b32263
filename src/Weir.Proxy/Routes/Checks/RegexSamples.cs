using System.Text.RegularExpressions;

namespace Weir.Proxy.Routes.Checks;

/// <summary>Strings that a regular expression matches, proven by running it. A few, simple ones first; perhaps none.</summary>
internal sealed class RegexSamples
{
    private readonly Dictionary<string, string[]> _known = new(StringComparer.Ordinal);
    private readonly RegexSampler _sampler = new();

    public string[] Of(Regex regex)
    {
        var expression = regex.ToString();
        if (_known.TryGetValue(expression, out var samples)) return samples;
        var guesses = new[] { (0, 0), (1, 0), (0, 1), (1, 1) }.Select(style => _sampler.Write(expression, style.Item1, style.Item2));
        return _known[expression] = [.. guesses.OfType<string>().Distinct().Where(IsPrintable).Where(s => regex.IsMatch(s))];
    }

    private static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
