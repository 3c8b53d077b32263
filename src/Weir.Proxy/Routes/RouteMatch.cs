namespace Weir.Proxy.Routes;

/// <summary>How a match ended.</summary>
internal enum RouteOutcome : byte
{
    /// <summary>No route takes this host and path under its conditions: 404.</summary>
    NoRoute,

    /// <summary><see cref="RouteMatch.Route"/> takes it.</summary>
    Matched,

    /// <summary>Some route would have taken it with another method: 405 with <see cref="RouteMatch.Allow"/>.</summary>
    MethodNotAllowed,

    /// <summary>OPTIONS on a route with automatic-options: 204 with <see cref="RouteMatch.Allow"/>; <see cref="RouteMatch.Route"/> says whose.</summary>
    AutomaticOptions,
}

/// <summary>A set of methods, bits given out by the table it comes from; <see cref="RouteTable.FormatAllow"/> writes it.</summary>
internal readonly record struct MethodSet(ulong Bits)
{
    public bool IsEmpty => Bits == 0;
}

/// <summary>The answer of <see cref="RouteTable.Match"/>. <paramref name="Route"/> is the position in the list that the table was built from, or -1.</summary>
internal readonly record struct RouteMatch(RouteOutcome Outcome, int Route, MethodSet Allow)
{
    public static RouteMatch None => new(RouteOutcome.NoRoute, -1, default);
}
