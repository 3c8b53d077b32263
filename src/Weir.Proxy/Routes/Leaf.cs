namespace Weir.Proxy.Routes;

/// <summary>The entries of one host and path pattern, or of all regexes of one host: a stretch of the table's entries.</summary>
internal readonly record struct Leaf(int Start, int Count, LeafIndex? Index = null);

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
    public readonly bool End(ref MatchState state) => End(-1, _automatic, _allowed, ref state);

    /// <summary>What a search of a leaf comes to: the entry that won or -1, the first with automatic OPTIONS or -1, and the methods seen.</summary>
    public static bool End(int winner, int automatic, ulong allowed, scoped ref MatchState state)
    {
        if (winner < 0 && automatic >= 0 && state.Method == MethodBits.Options)
        {
            winner = automatic;
            state.Automatic = true;
            state.Allowed = 0;
        }

        if (winner < 0 || state.Automatic) state.Allowed |= allowed;
        state.Entry = winner;
        return winner >= 0;
    }
}
