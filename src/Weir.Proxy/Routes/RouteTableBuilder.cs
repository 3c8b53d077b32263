using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Patterns;
using Weir.Proxy.Routes.Text;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes;

/// <summary>
/// Makes a <see cref="RouteTable"/>: every (host, path) of every route becomes an entry of a leaf, then the leaves are laid side by
/// side in order of precedence. Keeps garbage small and in few arrays, since it runs beside busy loops on every reload.
/// </summary>
internal sealed class RouteTableBuilder
{
    private readonly IReadOnlyList<RouteSource> _routes;
    private readonly IDiagnosticSink _sink;
    private readonly HostIndex _hosts;
    private readonly TextTable _literals;
    private readonly TextPool _pool;
    private readonly PathTrie _trie;
    private readonly ConditionReader _conditions;
    private readonly CaptureReader _captures = new();
    private readonly MethodBits _methods = new();
    private readonly PathPatternParser _parser = new();
    private readonly List<RegexPattern> _regexes = [];
    private readonly RegexStore _regexStore;
    private readonly Dictionary<string, int> _regexNumbers = new(StringComparer.Ordinal);
    private RouteEntry[] _entries;
    private int _count;
    private int _leaves;

    public RouteTableBuilder(IReadOnlyList<RouteSource> routes, IDiagnosticSink sink, RouteTable? before)
    {
        _routes = routes;
        _sink = sink;
        _pool = new TextPool(routes.Count * 24);
        _hosts = new HostIndex(_pool, 16);
        _literals = new TextTable(_pool, routes.Count / 2);
        _trie = new PathTrie(_pool, routes.Count / 2);
        _regexStore = new RegexStore(before?.RegexStore);
        _conditions = new ConditionReader(_pool, _regexStore, sink);
        _entries = new RouteEntry[routes.Count + 16];
    }

    public RouteTable Build()
    {
        var hosts = new List<int>();
        for (var i = 0; i < _routes.Count; i++) AddRoute(i, hosts);
        var entries = _entries.AsSpan(0, _count);
        entries.Sort(static (x, y) => x.Leaf != y.Leaf ? x.Leaf.CompareTo(y.Leaf) : RouteEntry.Compare(x, y));
        var leaves = LayOut(entries);
        AutomaticHead.Add(entries, leaves);
        var all = entries.ToArray();
        var indexes = new LeafIndexBuilder(all, _conditions.List);
        for (var i = 0; i < leaves.Length; i++)
            if (indexes.Build(leaves[i]) is { } index) leaves[i] = leaves[i] with { Index = index };
        _pool.Trim();
        _regexStore.ForgetBefore();
        return new RouteTable
        {
            Sources = _routes,
            NeedsClient = _routes.Any(static s => s.Match.Client.Count > 0),
            Hosts = _hosts,
            Literals = _literals,
            Trie = _trie,
            Leaves = leaves,
            Entries = all,
            Conditions = _conditions.List,
            Regexes = [.. _regexes],
            RegexStore = _regexStore,
            Captures = _captures.ToArray(),
            Methods = _methods,
        };
    }

    private void AddRoute(int number, List<int> hosts)
    {
        var route = _routes[number];
        var match = route.Match;
        var first = _conditions.List.Count;
        var entry = new RouteEntry
        {
            Route = number,
            Priority = route.Priority,
            AutomaticOptions = route.AutomaticOptions,
            MethodsGiven = match.Methods.Count > 0,
            Methods = ReadMethods(route),
            FirstCondition = first,
        };
        _conditions.Read(route);
        entry.Conditions = (ushort)(_conditions.List.Count - first);

        ReadHosts(route, hosts);
        for (var path = 0; path < Math.Max(1, match.Path.Count); path++)
        {
            if (ReadPath(route, path, ref entry))
                for (var host = 0; host < hosts.Count; host++)
                    if (hosts[host] >= 0) AddEntry(entry with { HostPosition = (ushort)host, PathPosition = (ushort)path }, hosts[host]);
        }
    }

    private void AddEntry(RouteEntry entry, int host)
    {
        entry.Leaf = LeafOf(host, entry.Regex >= 0);
        if (entry.Leaf == _leaves) _leaves++;
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        _entries[_count++] = entry;
    }

    private int LeafOf(int number, bool isRegex)
    {
        ref var host = ref _hosts[number];
        var pattern = _parser.Pattern;
        if (isRegex) return host.RegexLeaf >= 0 ? host.RegexLeaf : host.RegexLeaf = _leaves;
        if (pattern.Kind == PathKind.Literal)
        {
            host.HasLiterals = true;
            return _literals.GetOrAdd(number, pattern.Text, _leaves);
        }

        if (host.Root < 0) host.Root = _trie.AddRoot();
        return _trie.Add(host.Root, pattern, _leaves);
    }

    private ulong ReadMethods(RouteSource route)
    {
        if (route.Match.Methods.Count == 0) return MethodBits.Any;
        var methods = 0UL;
        for (var i = 0; i < route.Match.Methods.Count; i++)
        {
            var fault = TokenPattern.CheckMethod(route.Match.Methods[i]);
            var bit = fault is null ? _methods.Add(route.Match.Methods[i]) : 0;
            if (fault is null && bit == 0) fault = new PatternFault("There are too many methods of other names; 54 can be told apart.");
            if (fault is not null) _sink.Report(fault, $"{route.DocumentPath}.match.methods[{i}]", "bad-method");
            methods |= bit;
        }

        return methods;
    }

    private void ReadHosts(RouteSource route, List<int> hosts)
    {
        hosts.Clear();
        if (route.Match.Host.Count == 0) hosts.Add(HostIndex.AnyHost);
        for (var i = 0; i < route.Match.Host.Count; i++)
        {
            var good = HostPattern.TryParse(route.Match.Host[i], out var pattern, out var fault);
            if (fault is not null) _sink.Report(fault, $"{route.DocumentPath}.match.host[{i}]", "bad-host-pattern");
            hosts.Add(good ? _hosts.Add(pattern) : -1);
        }
    }

    private bool ReadPath(RouteSource route, int position, ref RouteEntry entry)
    {
        entry.Regex = -1;
        entry.Captures = 0;
        if (route.Match.Path.Count == 0)
        {
            _parser.Pattern.SetAny();
            return true;
        }

        var code = "bad-path-pattern";
        var fault = _parser.Read(route.Match.Path[position]);
        if (fault is null && _parser.Pattern.Kind == PathKind.Regex)
        {
            code = "bad-regex";
            fault = ReadRegex(_parser.Pattern.Expression, ref entry);
        }
        else if (fault is null)
        {
            _captures.Read(_parser.Pattern, ref entry);
        }

        if (fault is not null) _sink.Report(fault, $"{route.DocumentPath}.match.path[{position}]", code);
        return fault is null;
    }

    private PatternFault? ReadRegex(string expression, ref RouteEntry entry)
    {
        if (!_regexNumbers.TryGetValue(expression, out entry.Regex))
        {
            var regex = _regexStore.Find(expression, out var fault);
            if (regex is null) return fault;
            entry.Regex = _regexNumbers[expression] = _regexes.Count;
            _regexes.Add(regex);
        }

        return _captures.Read(_regexes[entry.Regex], ref entry);
    }

    private Leaf[] LayOut(Span<RouteEntry> entries)
    {
        var leaves = new Leaf[_leaves];
        for (var i = 0; i < entries.Length; i++)
        {
            ref var leaf = ref leaves[entries[i].Leaf];
            leaf = leaf.Count == 0 ? new Leaf(i, 1) : leaf with { Count = leaf.Count + 1 };
        }

        return leaves;
    }
}
