using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Weir.Proxy.Tests.Http2;

/// <summary>An origin that speaks HTTP/2 by the platform's own server.</summary>
internal sealed class KestrelOrigin : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _connections;

    private KestrelOrigin(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>With a certificate over TLS, else by prior knowledge.</summary>
    public static async Task<KestrelOrigin> StartAsync(RequestDelegate serve, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        KestrelOrigin origin = null!;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (certificate is not null) listen.UseHttps(certificate);
                listen.Use(next => connection =>
                {
                    Interlocked.Increment(ref origin._connections);
                    return next(connection);
                });
            });
        });
        origin = new KestrelOrigin(builder.Build());
        origin._app.Run(serve);
        await origin._app.StartAsync();
        var address = origin._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        origin.Url = address;
        return origin;
    }

    /// <summary>Says the body again, and as trailer how long it was; <c>x-protocol</c> is what was spoken.</summary>
    public static Task EchoAsync(HttpContext context) => EchoAsync(context, static length => length);

    /// <summary>As <see cref="EchoAsync(HttpContext)"/>, with another word for the length; <c>x-trailers</c> is whether there will be trailers.</summary>
    public static async Task EchoAsync(HttpContext context, Func<long, long> word)
    {
        context.Response.Headers["x-protocol"] = context.Request.Protocol;
        context.Response.Headers["x-trailers"] = $"{context.Response.SupportsTrailers()}";
        context.Response.Headers["x-saw"] = string.Join('|', context.Request.Headers.Select(static h => $"{h.Key}={h.Value}"));
        if (context.Response.SupportsTrailers()) context.Response.DeclareTrailer("x-length");
        var length = 0L;
        var buffer = new byte[16 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; length += read) await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
        if (context.Response.SupportsTrailers()) context.Response.AppendTrailer("x-length", $"{word(length)}");
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }
}
