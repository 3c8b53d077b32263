namespace Weir.Proxy.Routes;

/// <summary>The entries of one host and path pattern, or of all regexes of one host: a stretch of the table's entries.</summary>
internal readonly record struct Leaf(int Start, int Count);

/// <summary>Walks a leaf whose entries come in order of precedence: what each one means once its conditions hold.</summary>
internal ref struct LeafSearch()
{
    private int _automatic = -1;
    private ulong _allowed;

    /// <summary>True when this entry wins. The caller vouches that everything but the method holds.</summary>
    public bool Take(in RouteEntry entry, int number, ref MatchState state)
    {
        if ((entry.Methods & state.Method) != 0)
        {
            state.Entry = number;
            return true;
        }

        _allowed |= entry.Methods;
        if (entry.AutomaticOptions)
        {
            _allowed |= MethodBits.Options;
            if (_automatic < 0) _automatic = number;
        }

        return false;
    }

    /// <summary>No entry took the request. True when automatic OPTIONS does: it stands in for a route of this path that lists OPTIONS.</summary>
    public readonly bool End(ref MatchState state)
    {
        if (_automatic >= 0 && state.Method == MethodBits.Options)
        {
            state.Entry = _automatic;
            state.Automatic = true;
            state.Allowed = _allowed;
            return true;
        }

        state.Allowed |= _allowed;
        return false;
    }
}
