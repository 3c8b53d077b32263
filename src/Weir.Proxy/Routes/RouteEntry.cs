namespace Weir.Proxy.Routes;

/// <summary>
/// One (host pattern, path pattern) of one route. Entries of the same host and path form a leaf and lie side by side in order of
/// precedence, so that the first whose conditions hold wins.
/// </summary>
internal struct RouteEntry
{
    /// <summary>Methods as bits of the table, automatic HEAD included; all bits when any method will do.</summary>
    public ulong Methods;

    public int Leaf;
    public int Route;
    public int Priority;
    public int FirstCondition;
    public int FirstCapture;

    /// <summary>Position in the table's regexes, or -1.</summary>
    public int Regex;

    public ushort Conditions;
    public ushort Captures;

    /// <summary>Position in the route's list of hosts and of paths, for explaining and reporting.</summary>
    public ushort HostPosition;
    public ushort PathPosition;

    /// <summary>Methods are listed: more specific than none.</summary>
    public bool MethodsGiven;
    public bool AutomaticOptions;

    /// <summary>The order within a leaf: methods listed, more conditions, higher priority, listed first.</summary>
    public static int Compare(in RouteEntry x, in RouteEntry y)
    {
        var order = CompareRank(x, y);
        if (order != 0) return order;
        order = x.Route.CompareTo(y.Route);
        return order != 0 ? order : ((x.HostPosition << 16) | x.PathPosition).CompareTo((y.HostPosition << 16) | y.PathPosition);
    }

    /// <summary>The same without the last resort; 0 means undecided.</summary>
    public static int CompareRank(in RouteEntry x, in RouteEntry y)
    {
        var order = y.MethodsGiven.CompareTo(x.MethodsGiven);
        if (order == 0) order = y.Conditions.CompareTo(x.Conditions);
        return order != 0 ? order : y.Priority.CompareTo(x.Priority);
    }
}
