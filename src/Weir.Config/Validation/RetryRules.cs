using System.Globalization;
using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>What is tried again, of clusters and of routes.</summary>
internal static class RetryRules
{
    public static void Run(Check check)
    {
        foreach (var (name, cluster) in check.Config.Clusters) Retry(check, $"clusters.{name}.retry", cluster.Retry);
        foreach (var (name, route) in check.Config.Routes)
        {
            if (route.Retry is not { } retry) continue;
            if (route.Forward is null && route.Split is null) check.Error($"routes.{name}.retry", "unused-retry", "only a route that forwards has something to try again");
            Retry(check, $"routes.{name}.retry", retry);
        }
    }

    private static void Retry(Check check, string path, RetryConfig retry)
    {
        for (var i = 0; i < retry.On.Count; i++)
        {
            if (!IsCondition(retry.On[i]))
                check.Error($"{path}.on[{i.ToString(CultureInfo.InvariantCulture)}]", "bad-condition", $"'{retry.On[i]}' is nothing to retry on", "connect-failure, refused-stream, reset, timeout, gateway-error, 5xx, or a status from 400 to 599");
        }

        RouteRules.Methods(check, path + ".methods", retry.Methods);
        for (var i = 0; i < retry.Methods.Count; i++)
        {
            if (retry.Methods[i] == "CONNECT")
                check.Error($"{path}.methods[{i.ToString(CultureInfo.InvariantCulture)}]", "bad-method", $"'{retry.Methods[i]}' cannot be sent again");
        }

        if (retry.Hedge is { After: null, Percentile: null } && !check.IsSaid(path + ".hedge", "after") && !check.IsSaid(path + ".hedge", "percentile")) check.Error(path + ".hedge", "no-hedge", "when is not said", "after, percentile, or both");
        else if (retry is { Hedge: not null, Attempts: 1 }) check.Error(path + ".hedge", "no-hedge", "a second attempt is more than 'attempts' allows", "attempts: 2, or more");
        if (retry.Backoff.Base > retry.Backoff.Max) check.Error(path + ".backoff", "bad-backoff", "'base' is longer than 'max'");
    }

    private static bool IsCondition(string text)
        => text is "connect-failure" or "refused-stream" or "reset" or "timeout" or "gateway-error" or "5xx"
            || (text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and <= 599);
}
