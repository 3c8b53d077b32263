using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>Changes at run time: the weights of a split, maintenance.</summary>
internal static class OverlayEndpoints
{
    public static void Map(RouteGroupBuilder api, Instance instance)
    {
        api.MapGet("/overlay", () => Answer(instance, null));
        api.MapPost("/overlay/split/{route}", async (string route, HttpRequest request) =>
        {
            var weights = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var (arm, value) in request.Query.Where(static q => q.Key.StartsWith("arm.", StringComparison.Ordinal)))
            {
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var weight)) return Answer(instance, $"'{value}' is not a weight");
                weights[arm["arm.".Length..]] = weight;
            }

            if (weights.Count == 0) return Answer(instance, "no arm is given a weight");
            if (OverlayChanges.Judge(instance.Config, route, weights) is { } why) return Answer(instance, why);
            return await ChangeAsync(instance, request, $"weir split {route}", (state, now, until) => state.With(route, new SplitChange(weights, now, until)));
        });
        api.MapDelete("/overlay/split/{route}", (string route, HttpRequest request)
            => ChangeAsync(instance, request, $"weir split {route}", (state, _, _) => state.With(route, (SplitChange?)null)));
        api.MapPost("/overlay/maintenance/{route}", (string route, HttpRequest request) =>
        {
            if (!instance.Config.Routes.ContainsKey(route)) return Task.FromResult(Answer(instance, $"there is no route '{route}'"));
            var isOn = request.Query["on"] != "false";
            return ChangeAsync(instance, request, $"weir maintenance {route}", (state, now, until) => state.With(route, new MaintenanceChange(isOn, now, until)));
        });
        api.MapDelete("/overlay/maintenance/{route}", (string route, HttpRequest request)
            => ChangeAsync(instance, request, $"weir maintenance {route}", (state, _, _) => state.With(route, (MaintenanceChange?)null)));
    }

    private static async Task<IResult> ChangeAsync(Instance instance, HttpRequest request, string reason, Func<OverlayState, DateTimeOffset, DateTimeOffset?, OverlayState> change)
    {
        var now = instance.Settings.Time.GetUtcNow();
        DateTimeOffset? until = null;
        if (request.Query["seconds"] is [{ } text])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds == 0) return Answer(instance, $"'{text}' is not a number of seconds");
            until = now.AddSeconds(seconds);
        }

        return Answer(instance, await instance.Reloader.ChangeAsync(reason, state => change(state, now, until)));
    }

    private static IResult Answer(Instance instance, string? problem)
        => AdminServer.Json(new OverlayView(problem is null, problem, OverlayChanges.Lines(instance.Overlay.State)), ControlJson.Default.OverlayView, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
}
