using System.Runtime.CompilerServices;
using Weir.Proxy.Routes.Checks;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Explaining;
using Weir.Proxy.Routes.Patterns;
using Weir.Proxy.Routes.Text;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes;

/// <summary>
/// From a request to its route. Built once by <see cref="RouteTableBuilder"/>, immutable, shared by all loops; docs/routes.md has the
/// order of precedence. A match allocates nothing, except one string when a regex path with named groups wins.
/// </summary>
internal sealed class RouteTable
{
    private const int Places = PathPattern.MaxSegments + 2;

    internal required IReadOnlyList<RouteSource> Sources { get; init; }

    internal required HostIndex Hosts { get; init; }

    /// <summary>Literal paths of all hosts: a whole path is one look-up.</summary>
    internal required TextTable Literals { get; init; }

    internal required PathTrie Trie { get; init; }

    internal required Leaf[] Leaves { get; init; }

    internal required RouteEntry[] Entries { get; init; }

    internal required ConditionList Conditions { get; init; }

    internal required RegexPattern[] Regexes { get; init; }

    internal required RegexStore RegexStore { get; init; }

    internal required CaptureSource[] Captures { get; init; }

    internal required MethodBits Methods { get; init; }

    /// <summary>Some route looks at the client's address.</summary>
    public required bool NeedsClient { get; init; }

    /// <summary>Room that <see cref="FormatAllow"/> needs at most.</summary>
    public int MaxAllowLength => Methods.MaxFormatted;

    /// <summary>
    /// Reads and indexes the routes. What is wrong with a pattern is reported, and the pattern left out; <see cref="Check"/> looks at
    /// the routes together. Given the table that this one replaces, its regular expressions are used again.
    /// </summary>
    public static RouteTable Build(IReadOnlyList<RouteSource> routes, IDiagnosticSink sink, RouteTable? before = null)
        => new RouteTableBuilder(routes, sink, before).Build();

    /// <summary>Finds the route of a request, and the path parameters of its pattern.</summary>
    [SkipLocalsInit]
    public RouteMatch Match(in MatchInput input, ref RouteCaptures captures)
    {
        captures.Clear();
        var state = new MatchState(stackalloc int[Places], stackalloc uint[Places], Methods.Of(input.Method, input.MethodText));
        if (FindEntry(input, ref state))
        {
            ref readonly var entry = ref Entries[state.Entry];
            if (state.Automatic) return new RouteMatch(RouteOutcome.AutomaticOptions, entry.Route, new MethodSet(state.Allowed));
            if (entry.Captures > 0) Capture(entry, input.Path, state, ref captures);
            return new RouteMatch(RouteOutcome.Matched, entry.Route, default);
        }

        return state.Allowed == 0 ? RouteMatch.None : new RouteMatch(RouteOutcome.MethodNotAllowed, -1, new MethodSet(state.Allowed));
    }

    /// <summary>Reports undecided overlaps, dead routes and paths that are too ambiguous. Off the path; some 100 ms for 10,000 routes.</summary>
    public void Check(IDiagnosticSink sink) => RouteTableChecks.Run(this, sink);

    /// <summary>Why a request goes where it goes, by going through all routes. Slow; for people.</summary>
    public RouteExplanation Explain(in MatchInput input) => RouteExplainer.Explain(this, input);

    /// <summary>Writes the value of Allow, at most <see cref="MaxAllowLength"/> bytes; how many.</summary>
    public int FormatAllow(MethodSet methods, Span<byte> destination) => Methods.Format(methods.Bits, destination);

    /// <summary>The position of the entry that takes a request, or -1.</summary>
    [SkipLocalsInit]
    internal int FindEntry(in MatchInput input)
    {
        var state = new MatchState(stackalloc int[Places], stackalloc uint[Places], Methods.Of(input.Method, input.MethodText));
        return FindEntry(input, ref state) && !state.Automatic ? state.Entry : -1;
    }

    private bool FindEntry(in MatchInput input, ref MatchState state)
    {
        if (Hosts.HasNames && !input.Host.IsEmpty)
        {
            var exact = Hosts.FindExact(input.Host);
            if (exact >= 0 && FindInHost(exact, input, ref state)) return true;
            if (Hosts.MostWildcardLabels > 0)
            {
                var from = 0;
                for (var host = Hosts.NextWildcard(input.Host, ref from); host >= 0; host = Hosts.NextWildcard(input.Host, ref from))
                    if (FindInHost(host, input, ref state)) return true;
            }
        }

        return FindInHost(HostIndex.AnyHost, input, ref state);
    }

    private bool FindInHost(int number, in MatchInput input, ref MatchState state)
    {
        ref readonly var host = ref Hosts[number];
        if (host.HasLiterals && input.Path.Length <= Literals.LongestText)
        {
            var leaf = Literals.Find(number, state.PathHash(input.Path), input.Path);
            if (leaf >= 0 && FindInLeaf(leaf, input, ref state)) return true;
        }

        if (host.RegexLeaf >= 0 && RegexLeaf.Find(this, Leaves[host.RegexLeaf], input, ref state)) return true;
        if (host.Root < 0) return false;
        state.Split(input.Path, Trie.Depth);
        return Walk(host.Root, 0, input, ref state);
    }

    private bool Walk(int number, int depth, in MatchInput input, ref MatchState state)
    {
        ref readonly var node = ref Trie[number];
        if (depth == state.Segments)
        {
            if (node.EndLeaf >= 0 && FindInLeaf(node.EndLeaf, input, ref state)) return true;
        }
        else if (node.HasLiterals || node.Parameter >= 0)
        {
            if (node.HasLiterals)
            {
                var child = Trie.Child(number, node, depth, input.Path, ref state);
                if (child >= 0 && Walk(child, depth + 1, input, ref state)) return true;
            }

            if (node.Parameter >= 0 && state.Segment(depth).Length > 0 && Walk(node.Parameter, depth + 1, input, ref state)) return true;
        }

        return node.RestLeaf >= 0 && FindInLeaf(node.RestLeaf, input, ref state);
    }

    private bool FindInLeaf(int number, in MatchInput input, ref MatchState state)
    {
        ref readonly var leaf = ref Leaves[number];
        if (leaf.Index is not null) return leaf.Index.Find(this, leaf.Start, input, ref state);
        var search = new LeafSearch();
        for (var i = leaf.Start; i < leaf.Start + leaf.Count; i++)
        {
            ref readonly var entry = ref Entries[i];
            if ((entry.Conditions == 0 || Conditions.Hold(entry, input)) && search.Take(entry, i, ref state)) return true;
        }

        return search.End(ref state);
    }

    private void Capture(in RouteEntry entry, ReadOnlySpan<byte> path, in MatchState state, ref RouteCaptures captures)
    {
        captures.Start(Captures, entry.FirstCapture);
        if (entry.Regex >= 0)
        {
            RegexLeaf.Capture(Regexes[entry.Regex], Captures.AsSpan(entry.FirstCapture, entry.Captures), path, ref captures);
            return;
        }

        foreach (ref readonly var source in Captures.AsSpan(entry.FirstCapture, entry.Captures))
        {
            if (source.Kind == CaptureKind.Rest)
            {
                var rest = state.RestStart(source.Number, path.Length);
                captures.Add(rest, path.Length - rest);
            }
            else
            {
                var (start, length) = state.Segment(source.Number);
                captures.Add(start, length);
            }
        }
    }
}
