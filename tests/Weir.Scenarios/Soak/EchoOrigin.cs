using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Weir.Scenarios.Soak;

/// <summary>Another implementation of HTTP/1.1 (Kestrel) that gives back what it gets: X-Mark in the header, the body as the body.</summary>
internal sealed class EchoOrigin : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoOrigin(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public static async Task<EchoOrigin> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Limits.MinRequestBodyDataRate = null;
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(EchoAsync);
        await app.StartAsync();
        return new EchoOrigin(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task EchoAsync(HttpContext context)
    {
        try
        {
            context.Response.Headers["X-Mark"] = context.Request.Headers["X-Mark"];
            context.Response.ContentLength = context.Request.ContentLength;
            await context.Request.Body.CopyToAsync(context.Response.Body);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // A client of the soak that left in the middle.
        }
    }
}
