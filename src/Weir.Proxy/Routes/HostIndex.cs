using Weir.Proxy.Routes.Text;

namespace Weir.Proxy.Routes;

/// <summary>What one host pattern has: literal paths (in a table of their own), regexes, templates.</summary>
internal struct HostPaths
{
    public bool HasLiterals;

    /// <summary>The leaf of all regex paths of this host, or -1.</summary>
    public int RegexLeaf;

    /// <summary>The root of this host's templates, or -1.</summary>
    public int Root;
}

/// <summary>From a request's host to the host patterns that take it. Number 0 is "any"; the others are in the order they were added.</summary>
internal sealed class HostIndex(TextPool pool, int expected)
{
    public const int AnyHost = 0;
    private const int ExactScope = 0;
    private const int SuffixScope = 1;

    private readonly TextTable _names = new(pool, expected);
    private HostPaths[] _hosts = [new HostPaths { RegexLeaf = -1, Root = -1 }];
    private int _count = 1;

    /// <summary>Labels of the longest wildcard; no longer end of a host is looked up.</summary>
    public int MostWildcardLabels { get; private set; }

    /// <summary>Any route names a host.</summary>
    public bool HasNames => _names.Count > 0;

    public int Count => _count;

    public ref HostPaths this[int host] => ref _hosts[host];

    public int Add(Patterns.HostPattern pattern)
    {
        if (pattern.Kind == Patterns.HostKind.Any) return AnyHost;
        Span<byte> text = stackalloc byte[256];
        var length = System.Text.Encoding.ASCII.GetBytes(pattern.Text, text);
        var suffix = pattern.Kind == Patterns.HostKind.Suffix;
        if (suffix) MostWildcardLabels = Math.Max(MostWildcardLabels, pattern.Labels);
        var host = _names.GetOrAdd(suffix ? SuffixScope : ExactScope, text[..length], _count);
        if (host < _count) return host;
        if (_count == _hosts.Length) Array.Resize(ref _hosts, _count * 2);
        _hosts[_count] = new HostPaths { RegexLeaf = -1, Root = -1 };
        return _count++;
    }

    /// <summary>The host itself, or -1.</summary>
    public int FindExact(ReadOnlySpan<byte> host)
        => host.Length > _names.LongestText ? -1 : _names.Find(ExactScope, TextHash.Of(host), host);

    /// <summary>
    /// The next wildcard that takes the host, longest first, or -1. <paramref name="from"/> starts at 0 and is where to go on: the
    /// place in the host behind the last dot that was looked at.
    /// </summary>
    public int NextWildcard(ReadOnlySpan<byte> host, ref int from)
    {
        if (from == 0) from = FirstSuffix(host);
        while (from > 0 && from < host.Length)
        {
            var suffix = host[from..];
            var dot = suffix.IndexOf((byte)'.');
            from = dot < 0 ? host.Length : from + dot + 1;
            if (suffix.Length > _names.LongestText) continue;
            var found = _names.Find(SuffixScope, TextHash.Of(suffix), suffix);
            if (found >= 0) return found;
        }

        return -1;
    }

    // Behind the dot before the longest end that can be a wildcard's; a host has at least one character before it.
    private int FirstSuffix(ReadOnlySpan<byte> host)
    {
        var start = host.Length;
        for (var labels = 0; labels < MostWildcardLabels && start > 0; labels++)
        {
            var dot = host[..(start == host.Length ? start : start - 1)].LastIndexOf((byte)'.');
            if (dot <= 0) break;
            start = dot + 1;
        }

        return start;
    }
}
