namespace Weir.Config.Diagnostics;

/// <summary>What other proxies call a thing that has another name here, or another place. Consulted only for what is refused anyway.</summary>
internal static class OtherNames
{
    // The key that must be there for the words to mean it; a hint of its own where the name alone would not do.
    private static readonly (string Own, string[] Words, string? Hint)[] Keys =
    [
        ("endpoints", ["servers", "server", "upstream", "upstreams", "hosts", "target", "targets", "destinations", "nodes", "backends", "url", "urls", "load-assignment"], null),
        ("balancer", ["lb-policy", "lb", "load-balancing", "load-balancer", "algorithm", "strategy", "balance"], null),
        ("attempts", ["num-retries", "retries", "max-retries", "tries", "max-attempts"], "'attempts' here, the first one counted"),
        ("on", ["retry-on", "conditions", "when", "status", "statuses"], null),
        ("retry", ["retries", "retry-policy", "num-retries", "retry-on", "proxy-next-upstream"], null),
        ("probe", ["path", "interval", "timeout", "active", "check", "http", "grpc", "tcp"], "under 'probe' here"),
        ("outliers", ["passive", "outlier-detection"], null),
        ("health", ["health-check", "health-checks", "healthcheck", "healthchecks", "probe", "check"], null),
        ("health", ["outlier-detection", "outlier", "outliers", "passive-health-check"], "'health: { outliers: … }' here"),
        ("breaker", ["circuit-breaker", "circuit-breakers", "max-requests"], null),
        ("pool", ["keepalive", "max-connections", "max-conns", "maxconn", "connections", "connection-pool"], "under 'pool' here"),
        ("sticky", ["sticky-session", "sticky-sessions", "session-affinity", "affinity"], null),
        ("discover", ["discovery", "service-discovery", "dns", "resolver"], null),
        ("share", ["percent", "percentage", "fraction", "weight", "sample"], "'share: 10%' here"),
        ("match", ["path", "paths", "host", "hosts", "method", "methods", "header", "headers", "rule", "location", "prefix"], "under 'match' here"),
        ("forward", ["proxy-pass", "reverse-proxy", "proxy", "to", "backend", "service", "upstream", "cluster", "use-backend"], "'forward: CLUSTER' here"),
        ("forward", ["mirror", "shadow"], "'forward: { cluster: …, mirror: … }' here"),
        ("policies", ["middlewares", "plugins", "filters", "transforms"], null),
        ("by", ["header", "cookie", "query"], "'by' and 'name' here"),
        ("clusters", ["upstreams", "upstream", "backends", "services"], null),
        ("listeners", ["entrypoints", "entry-points", "servers", "server", "frontends", "listen", "bind"], null),
    ];

    private static readonly (string Own, string[] Words)[] Choices =
    [
        ("least-requests", ["least-conn", "leastconn", "least-request", "least-connections", "least-connection"]),
        ("hash", ["ip-hash", "source", "ring-hash", "maglev", "consistent-hash", "consistent-hashing", "sticky"]),
        ("round-robin", ["rr", "wrr", "weighted-round-robin", "weighted"]),
        ("power-of-two", ["p2c", "power-of-two-choices"]),
        ("least-time", ["ewma", "peak-ewma"]),
        ("critical", ["high"]),
        ("sheddable", ["low"]),
        ("warning", ["warn"]),
    ];

    /// <summary>What a setting that is unknown here may be meant as; null when nothing is known.</summary>
    public static string? OfKey(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        foreach (var (own, words, hint) in Keys)
        {
            if (words.Contains(folded) && known.Contains(own)) return "that is " + (hint ?? $"'{own}' here");
        }

        return null;
    }

    /// <summary>The same of one of a few words.</summary>
    public static string? OfChoice(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        var own = Choices.FirstOrDefault(c => c.Words.Contains(folded) && known.Contains(c.Own)).Own;
        return own is null ? null : $"that is '{own}' here";
    }

    private static string Fold(string word) => word.Replace('_', '-').ToLowerInvariant();
}
