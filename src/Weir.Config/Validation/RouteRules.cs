using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Routes: their action, and the names and tokens in their match. Hosts and paths are the route compiler's.</summary>
internal static class RouteRules
{
    private static readonly string[] ActionNames = ["forward", "split", "respond", "redirect"];

    private static readonly string[] CommonMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"];

    public static void Run(Check check)
    {
        foreach (var (name, route) in check.Config.Routes) Route(check, "routes." + name, name, route);
        if (check.Config.Defaults.Maintenance is { } maintenance) SplitRules.Maintenance(check, "defaults.maintenance", maintenance);
    }

    /// <summary>Clusters that routes forward to, or send copies to.</summary>
    public static IEnumerable<string> Used(WeirConfig config) => config.Routes.Values.SelectMany(Forwards).Select(static f => f.Forward.Cluster);

    /// <summary>Clusters that a route's own requests go to.</summary>
    public static IEnumerable<string> Clusters(RouteConfig route) => Actions(route).Select(static a => a.Forward.Cluster);

    // Every forward of a route, those of mirrors too, with its place in it.
    private static IEnumerable<(string Place, ForwardConfig Forward)> Forwards(RouteConfig route)
    {
        foreach (var (place, forward) in Actions(route))
        {
            yield return (place, forward);
            if (forward.Mirror is { } mirror) yield return (place + ".mirror", mirror.ToForward());
        }
    }

    private static IEnumerable<(string Place, ForwardConfig Forward)> Actions(RouteConfig route)
    {
        if (route.Forward is { } forward) yield return ("forward", forward);
        foreach (var (name, arm) in route.Split?.Arms ?? Map<SplitArmConfig>.Empty) yield return ($"split.arms.{name}.forward", arm.Forward);
        if (route.Fallback?.Forward is { } fallback) yield return ("fallback.forward", fallback);
    }

    private static void Route(Check check, string path, string name, RouteConfig route)
    {
        Action(check, path, name);
        foreach (var (place, forward) in Forwards(route))
        {
            check.Reference($"{path}.{place}.cluster", forward.Cluster, "clusters", "cluster");
            BalancingRules.Subset(check, $"{path}.{place}", forward);
            if (forward.Mirror is { } mirror) Mirror(check, $"{path}.{place}.mirror", forward, mirror);
        }

        if (route.Fallback is { } fallback) Fallback(check, path + ".fallback", route, fallback);
        if (route.Split is { } split) SplitRules.Run(check, path + ".split", split);
        if (route.Maintenance is { } maintenance) SplitRules.Maintenance(check, path + ".maintenance", maintenance);
        if (route.Redirect is { Status: not (301 or 302 or 303 or 307 or 308) } redirect) check.Error(path + ".redirect.status", "out-of-bounds", $"'{redirect.Status}' is not a redirect's status", "301, 302, 303, 307 or 308");
        if (route.Respond is { } respond) HeaderNames(check, path + ".respond.headers", respond.Headers.Keys);
        Methods(check, path + ".match.methods", route.Match.Methods);
        HeaderNames(check, path + ".match.headers", route.Match.Headers.Keys);
        Values(check, path + ".match.headers", route.Match.Headers);
        Values(check, path + ".match.query", route.Match.Query);
        NetworkRules.Networks(check, path + ".match.client", route.Match.Client);
    }

    private static void Action(Check check, string path, string name)
    {
        var given = ActionNames.Where(a => check.Places.Has(path, a)).ToList();
        if (given.Count == 0 && !ActionNames.Any(a => check.IsSaid(path, a))) check.Error(path, "no-action", $"the route '{name}' does nothing", "one of forward, split, respond and redirect");
        if (given.Count > 1) check.Error($"{path}.{given[1]}", "many-actions", $"a route has one action, but this has {string.Join(" and ", given.Select(g => $"'{g}'"))}");
    }

    private static void Fallback(Check check, string path, RouteConfig route, FallbackConfig fallback)
    {
        if (route.Forward is null && route.Split is null) check.Error(path, "no-forward", "a fallback stands in for a forward, and this route has none", "take 'fallback' away");
        if (fallback.Forward?.Mirror is not null) check.Error(path + ".forward.mirror", "no-place", "a request is copied once, when it is first forwarded", "give the mirror to the route's forward");
        if ((fallback.Forward is null) == (fallback.Respond is null)) check.Error(path, "one-fallback", "a fallback is one of two", "forward or respond");
        if (fallback.Respond is { } respond) HeaderNames(check, path + ".respond.headers", respond.Headers.Keys);
    }

    private static void Mirror(Check check, string path, ForwardConfig forward, MirrorConfig mirror)
    {
        if (mirror.Cluster.Length > 0 && mirror.Cluster == forward.Cluster && mirror.Subset.Count == 0)
            check.Warning(path + ".cluster", "same-cluster", $"'{mirror.Cluster}' gets the requests themselves too: its endpoints would see some twice", "a cluster of its own, or a subset");
        if (mirror.Compare is not { } compare) return;
        HeaderNames(check, path + ".compare.headers", compare.Headers);
        if (!compare.Status && !compare.Body && compare.Headers.Count == 0) check.Error(path + ".compare", "no-effect", "nothing would be compared", "status, headers or body");
    }

    /// <summary>Names of methods, here and where they may be sent again.</summary>
    public static void Methods(Check check, string path, IReadOnlyList<string> methods)
    {
        for (var i = 0; i < methods.Count; i++)
        {
            var upper = methods[i].ToUpperInvariant();
            if (!Tokens.IsToken(methods[i])) check.Error($"{path}[{i}]", "bad-method", $"'{methods[i]}' is not a method");
            else if (methods[i] != upper && CommonMethods.Contains(upper)) check.Error($"{path}[{i}]", "bad-method", $"methods are case-sensitive: '{methods[i]}' is not '{upper}'", $"did you mean '{upper}'?");
        }
    }

    private static void HeaderNames(Check check, string path, IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            if (!Tokens.IsToken(name)) check.Error($"{path}.{name}", "bad-header", $"'{name}' is not a header field's name");
            else if (!seen.Add(name)) check.Error($"{path}.{name}", "duplicate-key", $"'{name}' is given twice", "field names do not differ by case");
        }
    }

    private static void Values(Check check, string path, IReadOnlyDictionary<string, ValueMatchConfig> values)
    {
        foreach (var (name, value) in values)
        {
            var given = (value.Exact is null ? 0 : 1) + (value.Prefix is null ? 0 : 1) + (value.Regex is null ? 0 : 1) + (value.Present is null ? 0 : 1);
            if (given != 1) check.Error($"{path}.{name}", "bad-match", "exactly one of exact, prefix, regex and present");
        }
    }
}
