using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>What keeps a cluster from more than it can do.</summary>
internal static class BreakerRules
{
    public static void Run(Check check, string path, BreakerConfig breaker)
    {
        if (breaker is { Queue: > 0, Requests: 0, EndpointRequests: 0, Adaptive: null }) check.Error(path + ".queue", "no-limit", "nobody waits where there is no limit", "requests: …, endpoint-requests: …, or adaptive: {}");
        if (breaker.Adaptive is not { } adaptive) return;
        if (adaptive.Min > adaptive.Initial) check.Error(path + ".adaptive.min", "out-of-bounds", $"the least, {adaptive.Min}, is more than it begins with, {adaptive.Initial}");
        if (breaker.Requests > 0 && adaptive.Initial > breaker.Requests) check.Error(path + ".adaptive.initial", "out-of-bounds", $"it begins with {adaptive.Initial}, more than 'requests' allows, {breaker.Requests}");
    }
}
