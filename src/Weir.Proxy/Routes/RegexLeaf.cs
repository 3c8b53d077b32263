using System.Buffers;
using System.Runtime.CompilerServices;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Routes;

/// <summary>
/// The regex paths of one host, tried one after the other in order of precedence. Each try is linear to the path, and those whose
/// plain beginning differs cost a comparison; still the time grows with their number.
/// </summary>
internal static class RegexLeaf
{
    private const int OnStack = 512;

    [SkipLocalsInit]
    public static bool Find(RouteTable table, Leaf leaf, in MatchInput input, ref MatchState state)
    {
        char[]? rented = null;
        var text = input.Path.Length <= OnStack ? stackalloc char[OnStack] : (rented = ArrayPool<char>.Shared.Rent(input.Path.Length));
        text = text[..input.Path.Length];
        RegexText.Widen(input.Path, text);
        var found = Find(table, leaf, input, text, ref state);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return found;
    }

    /// <summary>The places of the named groups, 0 long where one took no part. Allocates the path once more and what Regex needs.</summary>
    public static void Capture(RegexPattern regex, ReadOnlySpan<CaptureSource> sources, ReadOnlySpan<byte> path, ref RouteCaptures captures)
    {
        var text = string.Create(path.Length, path, static (span, bytes) => RegexText.Widen(bytes, span));
        var match = regex.Regex.Match(text);
        foreach (ref readonly var source in sources)
        {
            var group = match.Groups[source.Number];
            captures.Add(group.Success ? group.Index : 0, group.Success ? group.Length : 0);
        }
    }

    private static bool Find(RouteTable table, Leaf leaf, in MatchInput input, scoped ReadOnlySpan<char> text, ref MatchState state)
    {
        var search = new LeafSearch();
        var last = -1;
        var lastMatched = false;
        for (var i = leaf.Start; i < leaf.Start + leaf.Count; i++)
        {
            ref readonly var entry = ref table.Entries[i];
            if (entry.Regex != last)
            {
                var regex = table.Regexes[entry.Regex];
                last = entry.Regex;
                lastMatched = input.Path.StartsWith(regex.Prefix) && regex.Regex.IsMatch(text);
            }

            if (lastMatched && (entry.Conditions == 0 || table.Conditions.Hold(entry, input)) && search.Take(entry, i, ref state)) return true;
        }

        return search.End(ref state);
    }
}
