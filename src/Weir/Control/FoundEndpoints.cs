using Microsoft.AspNetCore.Http;
using Weir.Config;
using Weir.Proxy.Discovery;
using Weir.Running;

namespace Weir.Control;

/// <summary>PUT /v1/clusters/NAME/endpoints: the endpoints of a cluster that has <c>discover: { api: {} }</c>, all of them. They are in force, and kept, when it is answered.</summary>
internal static class FoundEndpoints
{
    public static async Task<IResult> PutAsync(Instance instance, string name, HttpRequest request)
    {
        if (instance.Gateway.Current?.Clusters.ContainsKey(name) != true) return AdminEndpoints.Problem(StatusCodes.Status404NotFound, "There is no such cluster.", name);
        if (instance.Gateway.Discovered.GetValueOrDefault(name) is not { Kind: "api" } discovered)
            return AdminEndpoints.Problem(StatusCodes.Status409Conflict, "The endpoints of this cluster are not set by the API.", "discover: { api: {} } lets them be");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (EndpointList.Read(body.ToArray(), "body", out var reason) is not { } list) return Refused(reason);
        var failure = await instance.Gateway.SetEndpointsAsync(discovered, [.. list.Select(FileSource.Of)]);
        return failure is null ? AdminServer.Json(new EndpointsView(name, list.Count), ControlJson.Default.EndpointsView) : Refused(failure);
    }

    private static IResult Refused(string reason) => AdminEndpoints.Problem(StatusCodes.Status422UnprocessableEntity, "The endpoints are not taken.", reason);
}
