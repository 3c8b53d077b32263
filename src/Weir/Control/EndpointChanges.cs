using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weir.Running;

namespace Weir.Control;

/// <summary>What can be changed of endpoints at run time: <c>?endpoint=…</c>, and <c>&amp;cluster=…</c> where not all clusters are meant.</summary>
internal static class EndpointChanges
{
    public static void Map(IEndpointRouteBuilder api, Instance instance)
    {
        api.MapGet("/overlay/endpoints", () => Answer(instance.Runtime.Endpoints));
        api.MapPost("/endpoints/drain", (HttpRequest request) => ChangeAsync(instance, request, static e => e with { Drains = true }));
        api.MapDelete("/endpoints/drain", (HttpRequest request) => ChangeAsync(instance, request, static e => e with { Drains = false }));
        api.MapPut("/endpoints/weight", (HttpRequest request) =>
            int.TryParse(request.Query["weight"], NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight <= EndpointOverlay.MostWeight
                ? ChangeAsync(instance, request, e => e with { Weight = weight })
                : Task.FromResult(AdminEndpoints.Problem(StatusCodes.Status400BadRequest, "That is no weight.", $"weight: 0 to {EndpointOverlay.MostWeight}")));
        api.MapDelete("/endpoints/weight", (HttpRequest request) => ChangeAsync(instance, request, static e => e with { Weight = null }));
    }

    private static async Task<IResult> ChangeAsync(Instance instance, HttpRequest request, Func<OverlayEndpoint, OverlayEndpoint> change)
    {
        if (request.Query["endpoint"].ToString() is not { Length: > 0 } endpoint) return AdminEndpoints.Problem(StatusCodes.Status400BadRequest, "Which endpoint?", "?endpoint=http://host:port");
        var cluster = request.Query["cluster"].ToString() is { Length: > 0 } named ? named : null;
        try
        {
            var changed = await instance.Runtime.ChangeAsync(endpoint, cluster, change);
            if (changed.Count > 0) return Answer(changed);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return AdminEndpoints.Problem(StatusCodes.Status500InternalServerError, "It cannot be kept, and nothing is changed.", failure.Message);
        }

        return AdminEndpoints.Problem(StatusCodes.Status404NotFound, cluster is null ? $"No cluster has an endpoint '{endpoint}'." : $"The cluster '{cluster}' has no endpoint '{endpoint}'.", "weir status lists them");
    }

    private static IResult Answer(IReadOnlyList<OverlayEndpoint> endpoints)
        => AdminServer.Json([.. endpoints.Select(static e => new OverrideView(e.Cluster, e.Endpoint, e.Drains, e.Weight, e.Since))], ControlJson.Default.IReadOnlyListOverrideView);
}
