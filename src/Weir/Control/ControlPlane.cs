using System.Net.Sockets;
using Weir.Config.Records;
using Weir.Logging;
using Weir.Running;
using Weir.Sdk.Configuration;

namespace Weir.Control;

/// <summary>
/// The control socket and the admin address, each with its own server. Their sockets are bound before the gateway starts and served
/// after it, so that the first exchange does not wait for them. A reload that moves one replaces it alone.
/// </summary>
internal sealed class ControlPlane(Instance instance) : IAsyncDisposable
{
    private readonly List<AdminSocket> _bound = [];
    private AdminServer? _control;
    private AdminServer? _admin;

    public string? SocketPath => _control?.Socket.UnixPath;

    public string? AdminAddress => _admin?.Socket.ToString();

    /// <summary>Binds what the configuration names; what cannot be bound is a problem of it.</summary>
    public IEnumerable<ConfigProblem> Bind(WeirConfig config)
    {
        if (ControlPath.Of(config.Control.Socket, instance.Settings.Terminal.Environment) is { } path && Try(() => AdminSocket.Control(path), "control.socket", path) is { } problem)
            yield return problem;
        if (config.Admin is { } admin && Try(() => AdminSocket.Tcp(admin.Address), "admin.address", admin.Address) is { } other)
            yield return other;
    }

    /// <summary>Serves what was bound.</summary>
    public async Task StartAsync()
    {
        foreach (var socket in _bound)
        {
            var server = new AdminServer(socket, instance);
            await server.StartAsync();
            if (server.Socket.Asked == instance.Config.Admin?.Address) _admin = server;
            else _control = server;
        }

        _bound.Clear();
    }

    /// <summary>A reload may have moved an address. What cannot be bound is reported; the old one stays then.</summary>
    public async Task FollowAsync(WeirConfig config)
    {
        var path = ControlPath.Of(config.Control.Socket, instance.Settings.Terminal.Environment);
        if (path != _control?.Socket.Asked) _control = await ReplaceAsync(_control, path is null ? null : () => AdminSocket.Control(path));
        if (config.Admin?.Address != _admin?.Socket.Asked) _admin = await ReplaceAsync(_admin, config.Admin is { } admin ? () => AdminSocket.Tcp(admin.Address) : null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _bound) socket.Dispose();
        if (_control is not null) await _control.DisposeAsync();
        if (_admin is not null) await _admin.DisposeAsync();
    }

    private async Task<AdminServer?> ReplaceAsync(AdminServer? old, Func<AdminSocket>? bind)
    {
        AdminServer? server = null;
        try
        {
            if (bind is not null)
            {
                server = new AdminServer(bind(), instance);
                await server.StartAsync();
                instance.Settings.Log.AdminListening(server.Socket.ToString());
            }
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException)
        {
            instance.Settings.Log.AdminProblem(failure.Message);
            return old;
        }

        // The reload that moved it may have come over it: its answer goes out first.
        if (old is not null) _ = old.DisposeAsync().AsTask();
        return server;
    }

    private ConfigProblem? Try(Func<AdminSocket> bind, string place, string shown)
    {
        try
        {
            _bound.Add(bind());
            return null;
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            var hint = failure is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } ? "another program, or another Weir, has it" : null;
            return new ConfigProblem(ProblemSeverity.Error, place, "cannot-listen", $"{shown} cannot be listened on: {failure.Message}", hint);
        }
    }
}
