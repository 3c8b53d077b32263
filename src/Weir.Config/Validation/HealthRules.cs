using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Probes and outlier detection of a cluster.</summary>
internal static class HealthRules
{
    public static void Run(Check check, string path, ClusterConfig cluster)
    {
        if (cluster.Health.Outliers.Latency is > 0 and <= 1) check.Error(path + ".outliers.latency", "too-small", "half of all endpoints take longer than the median: so many times that, and more than once", "3");
        if (cluster.Health.Probe is { } probe) Probe(check, path + ".probe", cluster, probe);
        var outliers = cluster.Health.Outliers;
        if (outliers.MaxEjection < outliers.Ejection && check.Places.Has(path + ".outliers", "max-ejection"))
            check.Error(path + ".outliers.max-ejection", "too-small", "the longest ejection cannot be shorter than the first", "ejection: …");
    }

    private static void Probe(Check check, string path, ClusterConfig cluster, ProbeConfig probe)
    {
        var isHttp = probe.Type is ProbeType.Http or ProbeType.Grpc || (probe.Type == ProbeType.Auto && cluster.Endpoints.All(static e => IsHttp(e.Url)));
        if (!probe.Path.StartsWith('/') || probe.Path.Any(static c => c is <= ' ' or > '~' or '#')) check.Error(path + ".path", "bad-path", $"'{probe.Path}' is not a path with a query", "/healthz");
        if (!Tokens.IsToken(probe.Method)) check.Error(path + ".method", "bad-method", $"'{probe.Method}' is not a method");
        foreach (var name in probe.Headers.Keys.Where(static n => !Tokens.IsToken(n))) check.Error($"{path}.headers.{name}", "bad-header", $"'{name}' is not a header field's name");
        foreach (var (name, value) in probe.Headers.Where(static h => h.Value.Any(static c => c is '\r' or '\n' or '\0'))) check.Error($"{path}.headers.{name}", "bad-header", $"a field has no line breaks: '{value.ReplaceLineEndings(" ")}'");
        for (var i = 0; i < probe.Status.Count; i++)
            if (!StatusRange.TryParse(probe.Status[i], out _)) check.Error($"{path}.status[{i}]", "bad-status", $"'{probe.Status[i]}' is neither a status nor a range of them", "200-399");
        if (probe.Status.Count == 0) check.Error(path + ".status", "bad-status", "no status would be good", "200-399");
        if (probe.Body is { } body && (body.Contains is null) == (body.Regex is null)) check.Error(path + ".body", "bad-match", "exactly one of contains and regex");
        if (probe is { Method: "HEAD", Body: not null }) check.Error(path + ".body", "no-body", "an answer to HEAD has no body", "method: GET");
        if (probe.Host is { } host && (host.Length == 0 || host.Any(static c => c is <= ' ' or > '~' or '/' or '@' or '?' or '#'))) check.Error(path + ".host", "bad-host", $"'{host}' is not a host", "name or name:port");
        if (probe.Timeout > probe.Interval && check.Places.Has(path, "timeout")) check.Error(path + ".timeout", "too-large", "a probe is over before the next one begins: 'timeout' is at most 'interval'");
        if (!isHttp) HttpOnly(check, path, probe);
        else if (probe.Type == ProbeType.Grpc) Only(check, path, probe, ["path", "method", "status", "body"], "gRPC's health protocol has its own", "type: http");
        else Only(check, path, probe, ["service"], "HTTP has no services", "type: grpc");
        if (probe.Port is null && cluster.Endpoints.Any(static e => EndpointAddress.TryParse(e.Url, out var address, out _) && address.IsDatagram))
            check.Error(path, "no-port", "an endpoint of UDP cannot be asked whether it serves; a port of TCP beside it can", "port: …");
        if (probe.Port is not null && cluster.Endpoints.Any(static e => EndpointAddress.TryParse(e.Url, out var address, out _) && address.IsUnix))
            check.Error(path + ".port", "unix-endpoint", "an endpoint that is a unix socket has no port", "take 'port' away");
    }

    private static void HttpOnly(Check check, string path, ProbeConfig probe)
    {
        if (!check.Places.Has(path, "path") && probe.Path != "/") check.Error(path, "http-only", "a path is for probes by HTTP, and this one only connects", "type: http");
        foreach (var key in check.Changed(path, probe, ["path", "method", "host", "headers", "status", "body", "service"]))
            check.Error($"{path}.{key}", "http-only", $"'{key}' is for probes by HTTP or gRPC, and this one only connects", key == "service" ? "type: grpc" : "type: http");
    }

    private static void Only(Check check, string path, ProbeConfig probe, string[] keys, string why, string type)
    {
        foreach (var key in check.Changed(path, probe, keys))
            check.Error($"{path}.{key}", "other-type", $"'{key}' is not for this probe: {why}", $"{type}, or take '{key}' away");
    }

    private static bool IsHttp(string url) => !EndpointAddress.TryParse(url, out var address, out _) || address.IsHttp;
}
