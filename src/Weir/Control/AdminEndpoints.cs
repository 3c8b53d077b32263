using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weir.Config.Printing;
using Weir.Running;
using Weir.Telemetry;

namespace Weir.Control;

/// <summary>What the control plane answers; docs/admin.md has it for people. Probes and metrics for all, /v1 for who may.</summary>
internal static class AdminEndpoints
{
    private const string Prometheus = "text/plain; version=0.0.4; charset=utf-8";

    /// <param name="isTrusted">The control socket, which its file's mode guards; else /v1 asks for the token.</param>
    public static void Map(IEndpointRouteBuilder routes, Instance instance, bool isTrusted)
    {
        routes.MapGet("/livez", (HttpRequest request) => Probes.Answer(Probes.Live(instance), request));
        routes.MapGet("/readyz", (HttpRequest request) => Probes.Answer(Probes.Ready(instance), request));
        routes.MapGet("/startupz", (HttpRequest request) => Probes.Answer(Probes.Started(instance), request));
        routes.MapGet("/metrics", async (HttpContext exchange) =>
        {
            exchange.Response.ContentType = Prometheus;
            MetricCatalog.Write(instance, exchange.Response.BodyWriter);
            await exchange.Response.BodyWriter.FlushAsync();
        });

        var api = routes.MapGroup("/v1");
        if (!isTrusted) api.AddEndpointFilter((invocation, next) => Guard(invocation, next, instance));
        api.MapGet("/status", () => AdminServer.Json(InstanceViews.Status(instance), ControlJson.Default.StatusView));
        api.MapGet("/routes", () => AdminServer.Json(InstanceViews.Routes(instance), ControlJson.Default.IReadOnlyListRouteView));
        api.MapGet("/clusters", () => AdminServer.Json(InstanceViews.Clusters(instance), ControlJson.Default.IReadOnlyListClusterView));
        api.MapPut("/clusters/{name}/endpoints", (string name, HttpRequest request) => FoundEndpoints.PutAsync(instance, name, request));
        api.MapGet("/config", (HttpRequest request) => request.Query["format"] == "yaml"
            ? Results.Text(ConfigPrinter.ToYaml(instance.Config), "application/yaml", Encoding.UTF8)
            : Results.Text(ConfigPrinter.ToJson(instance.Config), "application/json", Encoding.UTF8));
        api.MapPost("/reload", async () =>
        {
            var outcome = await instance.ReloadAsync("the control channel");
            return AdminServer.Json(InstanceViews.Reload(outcome), ControlJson.Default.ReloadView, outcome.Success ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
        });
        OverlayEndpoints.Map(api, instance);
        api.MapPost("/drain", () =>
        {
            instance.Settings.Asked(Wish.Drain, "the control channel");
            return AdminServer.Json(new DrainView("draining", instance.Config.ShutdownTimeout.TotalSeconds), ControlJson.Default.DrainView, StatusCodes.Status202Accepted);
        });
    }

    /// <summary>A body for what routing answers without one.</summary>
    public static async Task ExplainAsync(HttpContext exchange, RequestDelegate next)
    {
        await next(exchange);
        if (exchange.Response.HasStarted) return;
        if (exchange.Response.StatusCode == StatusCodes.Status404NotFound)
            await Problem(StatusCodes.Status404NotFound, "There is nothing here.", "docs/admin.md lists what there is").ExecuteAsync(exchange);
        else if (exchange.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
            await Problem(StatusCodes.Status405MethodNotAllowed, "Not with this method.", $"use {exchange.Response.Headers.Allow}").ExecuteAsync(exchange);
    }

    private static async ValueTask<object?> Guard(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next, Instance instance)
    {
        if (instance.Config.Admin?.Token is not { } token)
            return Problem(StatusCodes.Status404NotFound, "Not served here.", "without admin.token, /v1 is served on the control socket only");
        if (BearerToken.IsRight(invocation.HttpContext.Request.Headers.Authorization, token.Value)) return await next(invocation);
        invocation.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return Problem(StatusCodes.Status401Unauthorized, "The token is missing or wrong.", null);
    }

    public static IResult Problem(int status, string title, string? detail)
        => AdminServer.Json(new ProblemView(title, status, detail), ControlJson.Default.ProblemView, status);
}
