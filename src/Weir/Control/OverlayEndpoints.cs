using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>
/// Changes at run time: the weights of a split, maintenance, endpoints that are drained or weighted. POST changes, <c>&amp;seconds=…</c> for a time; DELETE
/// takes it back; each answers with all that is changed now.
/// </summary>
internal static class OverlayEndpoints
{
    public static void Map(RouteGroupBuilder api, Instance instance)
    {
        api.MapGet("/overlay", () => Answer(instance, null));
        Map(api, instance, "split/{route}", Split, static (_, request, state) => state.With(Route(request), (SplitChange?)null));
        Map(api, instance, "maintenance/{route}", Maintenance, static (_, request, state) => state.With(Route(request), (MaintenanceChange?)null));
        Map(api, instance, "drain", Drain, static (instance, request, state) => OfEndpoints(instance, request, state, static (s, e) => s.With(e, (DrainChange?)null)));
        Map(api, instance, "weight", Weight, static (instance, request, state) => OfEndpoints(instance, request, state, static (s, e) => s.With(e, (WeightChange?)null)));
    }

    private static void Map(RouteGroupBuilder api, Instance instance, string what, Func<Instance, Asked, OverlayState, OverlayEdit> change, Func<Instance, HttpRequest, OverlayState, OverlayEdit> undo)
    {
        api.MapPost("/overlay/" + what, async (HttpRequest request) =>
        {
            var now = instance.Settings.Time.GetUtcNow();
            DateTimeOffset? until = null;
            if (request.Query.TryGetValue("seconds", out var text))
            {
                if (Number(text) is not (> 0 and var seconds)) return Answer(instance, $"'{text}' is not a number of seconds");
                until = now.AddSeconds(seconds);
            }

            return await ChangeAsync(instance, request, state => change(instance, new Asked(request, now, until), state));
        });
        api.MapDelete("/overlay/" + what, (HttpRequest request) => ChangeAsync(instance, request, state => undo(instance, request, state)));
    }

    private static OverlayEdit Split(Instance instance, Asked asked, OverlayState state)
    {
        var weights = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (arm, value) in asked.Request.Query.Where(static q => q.Key.StartsWith("arm.", StringComparison.Ordinal)))
        {
            if (Number(value) is not { } weight) return OverlayEdit.Refused($"'{value}' is not a weight: a whole number, in proportion to those of the other arms");
            weights[arm["arm.".Length..]] = weight;
        }

        if (weights.Count == 0) return OverlayEdit.Refused("no arm is given a weight");
        var route = Route(asked.Request);
        if (!instance.Config.Routes.ContainsKey(route)) return OverlayEdit.Refused(OverlayChanges.NoRoute(instance.Config, route));
        if (OverlayChanges.Judge(instance.Config, route, weights) is { } why) return OverlayEdit.Refused(why);
        return state.With(route, OverlayChanges.Merge(state, route, weights, asked.Now, asked.Until));
    }

    private static OverlayEdit Maintenance(Instance instance, Asked asked, OverlayState state)
        => instance.Config.Routes.ContainsKey(Route(asked.Request))
            ? state.With(Route(asked.Request), new MaintenanceChange(asked.Request.Query["on"] != "false", asked.Now, asked.Until))
            : OverlayEdit.Refused(OverlayChanges.NoRoute(instance.Config, Route(asked.Request)));

    private static OverlayEdit Drain(Instance instance, Asked asked, OverlayState state)
        => OfEndpoints(instance, asked.Request, state, (s, e) => s.With(e, new DrainChange(asked.Now, asked.Until)));

    private static OverlayEdit Weight(Instance instance, Asked asked, OverlayState state)
        => Number(asked.Request.Query["weight"]) is <= OverlayState.MostWeight and { } weight
            ? OfEndpoints(instance, asked.Request, state, (s, e) => s.With(e, new WeightChange(weight, asked.Now, asked.Until)))
            : OverlayEdit.Refused($"a weight is a whole number from 0 to {OverlayState.MostWeight}");

    private static OverlayEdit OfEndpoints(Instance instance, HttpRequest request, OverlayState state, Func<OverlayState, EndpointName, OverlayState> change)
    {
        if (request.Query["endpoint"].ToString() is not { Length: > 0 } endpoint) return OverlayEdit.Refused("no endpoint is named: ?endpoint=http://host:port");
        var cluster = request.Query["cluster"].ToString() is { Length: > 0 } named ? named : null;
        var meant = MeantEndpoints.Find(instance.Gateway.Current?.Clusters.Values ?? [], state, endpoint, cluster);
        if (meant.Count == 0) return OverlayEdit.Refused((cluster is null ? "no cluster has" : $"the cluster '{cluster}' does not have") + $" an endpoint '{endpoint}'; weir status lists them");
        return meant.Aggregate(state, change);
    }

    private static async Task<IResult> ChangeAsync(Instance instance, HttpRequest request, Func<OverlayState, OverlayEdit> edit)
        => Answer(instance, await instance.Reloader.ChangeAsync($"{request.Method} {request.Path}", edit));

    private static IResult Answer(Instance instance, string? problem)
        => AdminServer.Json(new OverlayView(problem is null, problem, instance.Changes), ControlJson.Default.OverlayView, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);

    private static string Route(HttpRequest request) => (string)request.RouteValues["route"]!;

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private readonly record struct Asked(HttpRequest Request, DateTimeOffset Now, DateTimeOffset? Until);
}
