using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weir.Config.Diagnostics;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>
/// Changes at run time: the weights of a split, maintenance, endpoints that are drained or weighted. POST changes, <c>&amp;seconds=…</c> for a time; DELETE
/// takes it back, without more of a path all of it; each answers with all that is changed now.
/// </summary>
internal static class OverlayEndpoints
{
    private static readonly string[] Words = ["seconds", "endpoint", "zone", "label", "priority", "cluster", "weight", "on", "evict"];

    public static void Map(RouteGroupBuilder api, Instance instance)
    {
        api.MapGet("/overlay", () => Answer(instance, null));
        api.MapDelete("/overlay", (HttpRequest request) => ChangeAsync(instance, request, static _ => OverlayState.Empty));
        api.MapGet("/overlay/split/{route}", (HttpRequest request) => SplitView.Of(instance, Route(request), out var why) is { } view
            ? AdminServer.Json(view, ControlJson.Default.SplitView)
            : AdminEndpoints.Problem(StatusCodes.Status404NotFound, "There is no such split.", why));
        Map(api, instance, "split/{route}", Split, static (_, request, state) => state.With(Route(request), (SplitChange?)null));
        Map(api, instance, "maintenance/{route}", Maintenance, static (_, request, state) => state.With(Route(request), (MaintenanceChange?)null));
        MapEndpoints(api, instance, "drain", Drain, static state => state.Drains.Keys, static (s, t) => s.With(t, (DrainChange?)null));
        MapEndpoints(api, instance, "weight", Weight, static state => state.Weights.Keys, static (s, t) => s.With(t, (WeightChange?)null));
    }

    private static void Map(RouteGroupBuilder api, Instance instance, string what, Func<Instance, Asked, OverlayState, OverlayEdit> change, Func<Instance, HttpRequest, OverlayState, OverlayEdit> undo)
    {
        api.MapPost("/overlay/" + what, (HttpRequest request) => TryRead(instance, request, out var asked) is { } problem
            ? Task.FromResult(Answer(instance, problem))
            : ChangeAsync(instance, request, state => change(instance, asked, state)));
        api.MapDelete("/overlay/" + what, (HttpRequest request) => ChangeAsync(instance, request, state => undo(instance, request, state)));
    }

    // One request, however many endpoints it means: all of it or nothing.
    private static void MapEndpoints(
        RouteGroupBuilder api, Instance instance, string what, Func<Asked, AskedEndpoints, OverlayState, OverlayEdit> change, Func<OverlayState, IEnumerable<string>> changed, Func<OverlayState, Proxy.Model.EndpointTarget, OverlayState> undo)
    {
        api.MapPost("/overlay/" + what, async (HttpRequest request) =>
        {
            if (TryRead(instance, request, out var asked) is { } wrong) return Answer(instance, wrong);
            var meant = new AskedEndpoints(instance, request.Query);
            var problem = await instance.Reloader.ChangeAsync($"{request.Method} {request.Path}", state => meant.Find(state) is { } why ? OverlayEdit.Refused(why) : change(asked, meant, state));
            return Answer(instance, problem, view => meant.Show(view));
        });
        api.MapDelete("/overlay/" + what, async (HttpRequest request) =>
        {
            var meant = new AskedEndpoints(instance, request.Query);
            var problem = await instance.Reloader.ChangeAsync($"{request.Method} {request.Path}", state => meant.FindChanged(state, changed(state)) is { } why ? OverlayEdit.Refused(why) : meant.Targets.Aggregate(state, undo));
            return Answer(instance, problem, view => meant.ShowWithRest(view, what));
        });
    }

    private static string? TryRead(Instance instance, HttpRequest request, out Asked asked)
    {
        var now = instance.Settings.Time.GetUtcNow();
        asked = new Asked(request, now, null);
        // A word that is misspelt could mean a change for ever that was to be for a time.
        if (request.Query.Keys.FirstOrDefault(static k => !Words.Contains(k) && !k.StartsWith("arm.", StringComparison.Ordinal)) is { } word)
            return $"'{word}' is not known here ({new Suggestion().For(word, Words) ?? string.Join(", ", Words)})";
        if (!request.Query.TryGetValue("seconds", out var text)) return null;
        if (Number(text) is not (> 0 and var seconds)) return $"'{text}' is not a number of seconds";
        asked = new Asked(request, now, now.AddSeconds(seconds));
        return null;
    }

    private static OverlayEdit Split(Instance instance, Asked asked, OverlayState state)
    {
        var typed = asked.Request.Query.Where(static q => q.Key.StartsWith("arm.", StringComparison.Ordinal)).ToDictionary(static q => q.Key["arm.".Length..], static q => q.Value.ToString(), StringComparer.Ordinal);
        if (typed.Count == 0) return OverlayEdit.Refused("no arm is given a weight");
        var route = Route(asked.Request);
        if (!instance.Config.Routes.TryGetValue(route, out var known)) return OverlayEdit.Refused(OverlayChanges.NoRoute(instance.Config, route));
        if (known.Split is not { } split) return OverlayEdit.Refused($"the route '{route}' is not split");
        if (SplitShares.Weights(split, typed, out var problem) is not { } weights) return OverlayEdit.Refused(problem);
        if (OverlayChanges.Judge(instance.Config, route, weights) is { } why) return OverlayEdit.Refused(why);
        return state.With(route, OverlayChanges.Merge(state, route, weights, asked.Now, asked.Until));
    }

    private static OverlayEdit Maintenance(Instance instance, Asked asked, OverlayState state)
        => !instance.Config.Routes.ContainsKey(Route(asked.Request)) ? OverlayEdit.Refused(OverlayChanges.NoRoute(instance.Config, Route(asked.Request)))
            : asked.Request.Query["on"].ToString() is not ("true" or "false") ? OverlayEdit.Refused("on=true or on=false is to be said")
            : state.With(Route(asked.Request), new MaintenanceChange(asked.Request.Query["on"] == "true", asked.Now, asked.Until));

    private static OverlayEdit Drain(Asked asked, AskedEndpoints meant, OverlayState state)
    {
        var drain = new DrainChange(asked.Now, asked.Until) { Evict = asked.Request.Query["evict"] == "true" };
        return meant.Targets.Aggregate(state, (s, t) => s.With(t, drain));
    }

    private static OverlayEdit Weight(Asked asked, AskedEndpoints meant, OverlayState state)
        => Number(asked.Request.Query["weight"]) is <= OverlayState.MostWeight and { } weight
            ? meant.Targets.Aggregate(state, (s, t) => s.With(t, new WeightChange(weight, asked.Now, asked.Until)))
            : OverlayEdit.Refused($"a weight is a whole number from 0 to {OverlayState.MostWeight}");

    private static async Task<IResult> ChangeAsync(Instance instance, HttpRequest request, Func<OverlayState, OverlayEdit> edit)
    {
        var before = instance.Changes;
        var problem = await instance.Reloader.ChangeAsync($"{request.Method} {request.Path}", state =>
        {
            before = instance.Changes;
            return edit(state);
        });
        return Answer(instance, problem, view => view with
        {
            Split = request.RouteValues.ContainsKey("route") ? SplitView.Of(instance, Route(request), out _) : null,
            TakenBack = HttpMethods.IsDelete(request.Method) ? [.. before.ExceptBy(view.Overlay.Select(static e => e.What), static e => e.What)] : null,
        });
    }

    private static IResult Answer(Instance instance, string? problem, Func<OverlayView, OverlayView>? more = null)
    {
        var view = new OverlayView(problem is null, problem, instance.Changes);
        if (problem is null && more is not null) view = more(view);
        return AdminServer.Json(view, ControlJson.Default.OverlayView, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static string Route(HttpRequest request) => (string)request.RouteValues["route"]!;

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private readonly record struct Asked(HttpRequest Request, DateTimeOffset Now, DateTimeOffset? Until);
}
