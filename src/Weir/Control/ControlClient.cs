using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;
using Weir.Output;
using Weir.Running;

namespace Weir.Control;

/// <summary>How commands talk to a running Weir: HTTP over its control socket.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Terminal _terminal;
    private readonly string _path;

    private ControlClient(Terminal terminal, string path)
    {
        (_terminal, _path) = (terminal, path);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancel) => ConnectAsync(path, cancel) })
        {
            BaseAddress = new Uri("http://weir/"),
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>To the socket that is named, else that of the configuration that is found, else the usual one. Null after a complaint.</summary>
    public static ControlClient? Find(Terminal terminal, string? socket, string? config)
    {
        var path = socket is null ? ControlPath.Of(Configured(terminal, config), terminal.Environment) : Path.Combine(terminal.Folder, socket);
        if (path is not null) return new ControlClient(terminal, path);
        terminal.Complain("no-control: the configuration says 'control: { socket: off }'");
        return null;
    }

    /// <summary>Null, after a complaint, when nobody answers.</summary>
    public async Task<T?> CallAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> shape) where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _http.SendAsync(request);
            return await response.Content.ReadFromJsonAsync(shape);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
        {
            _terminal.Complain($"{_path}: no-control: {(failure.InnerException ?? failure).Message} (is weir running, and as the same user?)");
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private static string Configured(Terminal terminal, string? config)
    {
        var path = config ?? new[] { Path.Combine(terminal.Folder, "weir.yaml"), "/etc/weir/weir.yaml" }.FirstOrDefault(File.Exists);
        return (path is null ? null : ConfigFile.Load(path, terminal.Environment).Config?.Control.Socket) ?? "auto";
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
