using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

/// <summary>
/// The rules of docs/routes.md on plain strings, as slowly as they read. Shares nothing with the product: what it says about a
/// request is what the documentation says.
/// </summary>
internal sealed class ReferenceMatcher(IReadOnlyList<RouteSource> routes)
{
    private static readonly string[] Order = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    private static readonly ConcurrentDictionary<string, string> Known = new();

    /// <summary>One (host, path) of a route that takes the request's host and path and whose conditions hold.</summary>
    internal sealed record Found(int Route, string Host, string Path, int HostRank, string PathRank, bool Methods, int Conditions, int Priority)
    {
        public (int, string, bool, int, int) Rank => (HostRank, PathRank, Methods, Conditions, Priority);
    }

    public string Match(Request request)
    {
        var allowed = new HashSet<string>();
        foreach (var beside in InOrder(request).GroupBy(f => (f.HostRank, f.PathRank)))
        {
            var winner = beside.FirstOrDefault(f => Takes(f, request.Method));
            if (winner is not null) return routes[winner.Route].Name;
            var here = beside.SelectMany(f => Listed(f)).ToHashSet();
            if (request.Method == "OPTIONS" && beside.Any(f => routes[f.Route].AutomaticOptions)) return "+" + Text(here);
            allowed.UnionWith(here);
        }

        return allowed.Count == 0 ? "" : "!" + Text(allowed);
    }

    /// <summary>Those that would take it, method included, best first.</summary>
    public List<Found> Winners(Request request) => [.. InOrder(request).Where(f => Takes(f, request.Method))];

    private IEnumerable<Found> InOrder(Request request) => routes
        .SelectMany((_, i) => Find(i, request))
        .OrderBy(f => f.HostRank).ThenBy(f => f.PathRank, StringComparer.Ordinal).ThenByDescending(f => f.Methods)
        .ThenByDescending(f => f.Conditions).ThenByDescending(f => f.Priority).ThenBy(f => f.Route);

    private IEnumerable<Found> Find(int number, Request request)
    {
        var route = routes[number];
        var match = route.Match;
        if (!ConditionsHold(match, request)) yield break;
        foreach (var host in match.Host.DefaultIfEmpty("*"))
        {
            if (HostRank(host, request.Host) is not { } hostRank) continue;
            foreach (var path in match.Path.DefaultIfEmpty("/**"))
            {
                if (PathRank(path, request.Target.Split('?')[0]) is not { } pathRank) continue;
                var conditions = match.Headers.Count + match.Query.Count + (match.Client.Count > 0 ? 1 : 0);
                yield return new Found(number, host, path, hostRank, pathRank, match.Methods.Count > 0, conditions, route.Priority);
            }
        }
    }

    private bool Takes(Found found, string method)
        => routes[found.Route].Match.Methods is var methods && (methods.Count == 0 || methods.Contains(method) || (method == "HEAD" && HasAutomaticHead(found)));

    private bool HasAutomaticHead(Found found) => routes[found.Route].Match.Methods.Contains("GET")
        && !routes.Any(r => r.Match.Methods.Contains("HEAD") && r.Match.Host.DefaultIfEmpty("*").Contains(found.Host)
            && r.Match.Path.DefaultIfEmpty("/**").Any(p => Nameless(p) == Nameless(found.Path)));

    private IEnumerable<string> Listed(Found found)
    {
        foreach (var method in routes[found.Route].Match.Methods) yield return method;
        if (HasAutomaticHead(found)) yield return "HEAD";
        if (routes[found.Route].AutomaticOptions) yield return "OPTIONS";
    }

    private static string Text(HashSet<string> methods)
        => string.Join(", ", Order.Where(methods.Contains).Concat(methods.Except(Order)));

    private static string Nameless(string path) => Known.GetOrAdd(
        path, static p => p.StartsWith('~') ? p : Regex.Replace(Regex.Replace(p, @"\{[^/}*]+\}", "*"), @"\{[^/}]+\*\*\}", "**"));

    private static int? HostRank(string pattern, string host)
        => pattern == "*" ? 1000
            : pattern.StartsWith("*.") ? (host.EndsWith(pattern[1..]) && host.Length > pattern.Length - 1 ? 500 - pattern.Length : null)
            : pattern == host ? 0 : null;

    // "0" for literal, "1" for a regex, "2" and then a letter per segment for a template.
    private static string? PathRank(string pattern, string path)
    {
        if (pattern.StartsWith('~')) return Regex.IsMatch(path, pattern[1..].Trim()) ? "1" : null;
        pattern = Nameless(pattern);
        if (!pattern.Contains('*')) return pattern == path ? "0" : null;
        var rank = "2";
        var want = pattern[1..].Split('/');
        var have = path.StartsWith('/') ? path[1..].Split('/') : [];
        for (var i = 0; i < want.Length; i++)
        {
            if (want[i] == "**") return rank + "c";
            if (i >= have.Length || (want[i] == "*" ? have[i].Length == 0 : want[i] != have[i])) return null;
            rank += want[i] == "*" ? "b" : "a";
        }

        return have.Length == want.Length ? rank : null;
    }

    private static bool ConditionsHold(MatchConfig match, Request request)
    {
        var query = request.Target.Contains('?') ? request.Target.Split('?', 2)[1] : "";
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
            .Select(p => (Name: WebUtility.UrlDecode(p[0]), Value: p.Length > 1 ? WebUtility.UrlDecode(p[1]) : ""));
        var fields = Enumerable.Range(0, request.Fields.Count)
            .Select(i => (Name: Text(request.Fields.Name(i)), Value: Text(request.Fields.Value(i))));
        return match.Headers.All(h => Holds(h.Value, fields.Where(f => string.Equals(f.Name, h.Key, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value)))
            && match.Query.All(q => Holds(q.Value, parameters.Where(p => p.Name == q.Key).Select(p => p.Value)))
            && (match.Client.Count == 0 || (request.Client is not null && match.Client.Any(c => InBlock(c, request.Client))));
    }

    private static bool Holds(ValueMatchConfig want, IEnumerable<string> values) => want.Present == false
        ? !values.Any()
        : values.Any(v => want.Present == true || v == want.Exact || (want.Prefix is not null && v.StartsWith(want.Prefix, StringComparison.Ordinal))
            || (want.Regex is not null && Regex.IsMatch(v, want.Regex)));

    private static bool InBlock(string block, IPAddress client) => InBlockOfFamily(block, client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client);

    private static bool InBlockOfFamily(string block, IPAddress client)
        => block.Contains('/') ? IPNetwork.Parse(block).Contains(client) : IPAddress.Parse(block).Equals(client);

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
