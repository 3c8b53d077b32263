using Weir.Config.Records;

namespace Weir.Config.Diagnostics;

/// <summary>What other proxies call a thing that has another name here, or another place. Consulted only for what is refused anyway.</summary>
internal static class OtherNames
{
    // The key that must be there for the words to mean it; a hint of its own where the name alone would not do; another key that must be there
    // too, where the first is one of several records. The first entry that fits counts.
    private static readonly (string Own, string[] Words, string? Hint, string? Beside)[] Keys =
    [
        ("priority", ["backup"], "'priority: 1' here", "labels"),
        ("weight", ["down", "disabled"], "'weight: 0' here", "labels"),
        ("url", ["address", "host", "hostname", "server", "uri", "addr", "ip", "target", "port"], "'url: \"http://host:port\"' here", "labels"),
        ("url", ["ssl", "tls", "scheme", "proto", "protocol"], "'url: \"https://host:port\"' here", "labels"),
        ("labels", ["max-fails", "fail-timeout"], "'health: { outliers: … }' of the cluster here", "url"),
        ("labels", ["check", "probe", "health"], "'health: { probe: … }' of the cluster here", "url"),
        ("labels", ["maxconn", "max-conns", "max-connections"], "'pool: { connections: … }' of the cluster here", "url"),
        ("labels", ["tags", "metadata", "meta"], null, "url"),
        ("endpoints", ["servers", "server", "upstream", "upstreams", "hosts", "target", "targets", "destinations", "nodes", "backends", "url", "urls", "load-assignment"], null, null),
        ("balancer", ["lb-policy", "lb", "load-balancing", "load-balancer", "algorithm", "strategy", "balance"], null, null),
        ("connect-timeout", ["timeout", "timeouts", "connect", "proxy-connect-timeout"], "'connect-timeout' here; the others are a route's 'timeouts'", null),
        ("attempts", ["num-retries", "retries", "max-retries", "tries", "max-attempts"], "'attempts' here, the first one counted", null),
        ("on", ["retry-on", "conditions", "when", "status", "statuses"], null, "attempts"),
        ("retry", ["retries", "retry-policy", "num-retries", "retry-on", "proxy-next-upstream"], null, null),
        ("healthy", ["rise", "healthy-threshold", "success-threshold", "passes"], null, "unhealthy"),
        ("unhealthy", ["fall", "fails", "max-fails", "unhealthy-threshold", "failure-threshold"], null, "healthy"),
        ("status", ["expect", "expected-statuses", "expected-status", "code", "codes", "status-code", "match"], null, null),
        ("path", ["uri", "url", "location"], null, null),
        ("probe", ["path", "uri", "interval", "timeout", "active", "check", "http", "grpc", "tcp", "rise", "fall", "expect"], "under 'probe' here", null),
        ("outliers", ["passive", "outlier-detection", "max-fails", "fail-timeout"], null, null),
        ("ejection", ["base-ejection-time", "base-ejection", "ejection-time", "fail-timeout"], null, null),
        ("max-ejection", ["max-ejection-time"], null, null),
        ("max-ejected", ["max-ejection-percent"], null, null),
        ("consecutive", ["consecutive-5xx", "consecutive-errors", "consecutive-gateway-failure", "max-fails"], null, null),
        ("health", ["health-check", "health-checks", "healthcheck", "healthchecks", "probe", "check"], null, null),
        ("health", ["outlier-detection", "outlier", "outliers", "passive-health-check", "max-fails", "fail-timeout"], "'health: { outliers: … }' here", null),
        ("breaker", ["circuit-breaker", "circuit-breakers", "max-requests"], null, null),
        ("connections", ["max-connections", "maxconn", "max-conns"], "'connections' (of each endpoint) or 'cluster-connections' here", "cluster-connections"),
        ("connections", ["max-connections", "maxconn", "max-conns"], null, null),
        ("idle", ["keepalive", "keep-alive", "max-idle", "keepalive-connections"], null, "max-lifetime"),
        ("pool", ["keepalive", "max-connections", "max-conns", "maxconn", "connections", "cluster-connections", "connection-pool"], "under 'pool' here", null),
        ("sticky", ["sticky-session", "sticky-sessions", "session-affinity", "affinity"], null, null),
        ("servers", ["resolver", "resolvers", "nameserver", "nameservers"], null, "max-ttl"),
        ("max-ttl", ["ttl", "valid", "interval", "refresh", "refresh-rate"], null, null),
        ("discover", ["discovery", "service-discovery", "dns", "resolver"], null, null),
        ("share", ["percent", "percentage", "fraction", "weight", "sample"], "'share: 10%' here", null),
        ("match", ["path", "paths", "host", "hosts", "method", "methods", "header", "headers", "rule", "location", "prefix", "uri"], "under 'match' here", null),
        ("forward", ["proxy-pass", "reverse-proxy", "proxy", "to", "backend", "service", "upstream", "cluster", "use-backend"], "'forward: CLUSTER' here", null),
        ("forward", ["mirror", "shadow"], "'forward: { cluster: …, mirror: … }' here", null),
        ("policies", ["middlewares", "plugins", "filters", "transforms"], null, null),
        ("by", ["header", "cookie", "query"], "'by' and 'name' here", null),
        ("address", ["bind", "listen", "port"], "'address' here, as in \":8080\"", null),
        ("tls", ["ssl"], null, null),
        ("certificates", ["cert", "key", "crt", "certificate", "ssl-certificate"], "'certificates: [{ cert: …, key: … }]' here", "client-auth"),
        ("clusters", ["upstreams", "upstream", "backends", "services"], null, null),
        ("listeners", ["entrypoints", "entry-points", "servers", "server", "frontends", "listen", "bind"], null, null),
    ];

    private static readonly (string Own, string[] Words, string? Hint, string? Beside)[] Choices =
    [
        ("least-requests", ["least-conn", "leastconn", "least-request", "least-connections", "least-connection"], null, null),
        ("hash", ["ip-hash", "source", "ring-hash", "maglev", "consistent-hash", "consistent-hashing", "sticky"], null, null),
        ("round-robin", ["rr", "wrr", "weighted-round-robin", "weighted"], null, null),
        ("power-of-two", ["p2c", "power-of-two-choices"], null, null),
        ("least-time", ["ewma", "peak-ewma"], null, null),
        ("critical", ["high"], null, null),
        ("sheddable", ["low"], null, null),
        ("warning", ["warn"], null, null),
        ("http2", ["h2", "h2c", "grpc"], null, null),
        ("http1", ["http", "http/1.1", "h1"], null, "http2"),
        ("http1", ["https", "tls"], "endpoints that are written https://… have TLS", "http2"),
        ("http", ["https", "h2", "http2"], "'http' here, and 'tls' beside it", "udp"),
    ];

    private static readonly (string Own, string[] Words)[] Policies =
    [
        ("https-redirect", ["redirect-scheme", "ssl-redirect", "force-https", "redirect-to-https"]),
        ("headers", ["header", "add-header", "set-header", "proxy-set-header", "request-headers", "response-headers", "request-header", "response-header", "transform"]),
        ("rewrite", ["replace-path", "replace-path-regex", "url-rewrite", "path-rewrite", "rewrite-target"]),
        ("fault", ["fault-injection", "abort"]),
    ];

    // Of records whose keys alone would not show how they are meant.
    private static readonly Dictionary<Type, (string Own, string Form)> Forms = new()
    {
        [typeof(SplitConfig)] = ("arms", "arms: { stable: { weight: 90, forward: CLUSTER }, canary: { weight: 10, forward: CLUSTER } }"),
    };

    /// <summary>What a setting that is unknown here may be meant as, and the hint that says so; null when nothing is known.</summary>
    public static (string Own, string? Hint)? OfKey(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        foreach (var (own, words, hint, beside) in Keys)
        {
            if (words.Contains(folded) && known.Contains(own) && (beside is null || known.Contains(beside))) return (own, "that is " + (hint ?? $"'{own}' here"));
        }

        return null;
    }

    /// <summary>The same of one of a few words.</summary>
    public static string? OfChoice(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        foreach (var (own, words, hint, beside) in Choices)
        {
            if (words.Contains(folded) && known.Contains(own) && (beside is null || known.Contains(beside))) return hint ?? $"that is '{own}' here";
        }

        return null;
    }

    /// <summary>The same of a kind of policy.</summary>
    public static string? OfPolicy(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        var own = Policies.FirstOrDefault(c => c.Words.Contains(folded) && known.Contains(c.Own)).Own;
        return own is null ? null : $"that is '{own}' here";
    }

    /// <summary>How a record is written that is mostly taken for something else, and which key of it is meant by any other.</summary>
    public static (string Own, string? Hint)? OfForm(Type record) => Forms.TryGetValue(record, out var form) ? form : null;

    /// <summary>How a scalar in a record's place is meant that is not what its shorthand takes.</summary>
    public static string? OfScalar(Type record, string text)
        => record == typeof(HedgeConfig) && text.EndsWith('%') ? $"{{ percentile: {text.TrimEnd('%')} }}" : null;

    private static string Fold(string word) => word.Replace('_', '-').ToLowerInvariant();
}
