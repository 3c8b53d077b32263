namespace Weir.Proxy.Routes;

/// <summary>
/// A route that lists GET takes HEAD too, unless some route of the same host and path lists HEAD (RFC 9110 §9.3.2: HEAD is GET
/// without the content). Decided once, when the table is built.
/// </summary>
internal static class AutomaticHead
{
    public static void Add(Span<RouteEntry> entries, ReadOnlySpan<Leaf> leaves)
    {
        foreach (var leaf in leaves)
        {
            var stretch = entries.Slice(leaf.Start, leaf.Count);
            if (stretch.IsEmpty) continue;
            if (stretch[0].Regex < 0) AddTo(stretch);
            else AddToRegexes(stretch);
        }
    }

    private static void AddTo(Span<RouteEntry> leaf)
    {
        foreach (ref readonly var entry in leaf)
            if (entry.MethodsGiven && (entry.Methods & MethodBits.Head) != 0) return;
        foreach (ref var entry in leaf) AddTo(ref entry);
    }

    // All regexes of a host share a leaf; here the same path means the same expression.
    private static void AddToRegexes(Span<RouteEntry> leaf)
    {
        var listed = new HashSet<int>();
        foreach (ref readonly var entry in leaf)
            if (entry.MethodsGiven && (entry.Methods & MethodBits.Head) != 0) listed.Add(entry.Regex);
        foreach (ref var entry in leaf)
            if (!listed.Contains(entry.Regex)) AddTo(ref entry);
    }

    private static void AddTo(ref RouteEntry entry)
    {
        if ((entry.Methods & MethodBits.Get) != 0) entry.Methods |= MethodBits.Head;
    }
}
