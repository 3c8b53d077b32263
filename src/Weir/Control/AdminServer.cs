using System.Net;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Weir.Output;
using Weir.Running;

namespace Weir.Control;

/// <summary>
/// Serves one address of the control plane: ASP.NET Core with nothing in it but Kestrel and routing, on a socket that listens already.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private const long MaxBody = 1024 * 1024;

    private readonly AdminSocket _socket;
    private readonly WebApplication _application;

    public AdminServer(AdminSocket socket, Instance instance)
    {
        _socket = socket;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = MaxBody;
            options.Limits.MaxConcurrentConnections = 256;
            options.Listen((EndPoint)_socket.Socket.LocalEndPoint!, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<SocketTransportOptions>(options =>
        {
            options.IOQueueCount = 1;
            options.CreateBoundListenSocket = _ => _socket.Socket;
        });
        _application = builder.Build();
        _application.Use(AdminEndpoints.ExplainAsync);
        _application.UseRouting();
        AdminEndpoints.Map(_application, instance, isTrusted: socket.UnixPath is not null && socket.Asked == socket.UnixPath);
        _application.UseEndpoints(static _ => { });
    }

    public AdminSocket Socket => _socket;

    public Task StartAsync() => _application.StartAsync();

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
        _socket.Dispose();
    }

    /// <summary>A JSON answer; the shape is known at build time.</summary>
    internal static IResult Json<T>(T value, JsonTypeInfo<T> shape, int status = StatusCodes.Status200OK)
        => Results.Text(JsonText.Of(value, shape) + "\n", "application/json", statusCode: status);

    /// <summary>The host's own would stop it at a signal; when this server stops is the instance's decision.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
