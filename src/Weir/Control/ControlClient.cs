using System.Net;
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
    private readonly string? _config;
    private readonly IReadOnlyList<string> _unread;
    private bool _isRightOne;

    private ControlClient(Terminal terminal, string path, string? config, IReadOnlyList<string> unread)
    {
        (_terminal, _path, _config, _unread) = (terminal, path, config, unread);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancel) => ConnectAsync(path, cancel) })
        {
            BaseAddress = new Uri("http://weir/"),
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>To the socket that is named, else that of the configuration, else the usual one. Null after a complaint.</summary>
    public static ControlClient? Find(Terminal terminal, string? socket, string? config)
    {
        if (socket is not null) return new ControlClient(terminal, Path.Combine(terminal.Folder, socket), null, []);
        // What can be read of it will do: a file with errors is when a reload is asked for to see them.
        var load = config is null ? null : ConfigFile.Load(config, terminal.Environment);
        IReadOnlyList<string> unread = load is { Draft: null } ? [.. load.Diagnostics.Where(static d => d.IsError).Select(static d => d.ToString())] : [];
        var path = ControlPath.Of(load?.Draft?.Control.Socket ?? "auto", terminal.Environment);
        if (path is not null) return new ControlClient(terminal, path, config is null ? null : Full(config), unread);
        terminal.Complain("no-control: the configuration says 'control: { socket: off }'");
        return null;
    }

    /// <summary>Null, after a complaint, when nobody answers, or a Weir that runs another configuration does.</summary>
    public async Task<T?> CallAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> shape) where T : class
        => await IsRightOneAsync() ? await SendAsync(method, path, shape) : null;

    // Weirs share the usual socket: a drain must not reach one that nobody meant.
    private async Task<bool> IsRightOneAsync()
    {
        if (_isRightOne || _config is null) return true;
        if (await SendAsync(HttpMethod.Get, "/v1/status", ControlJson.Default.StatusView) is not { } status) return false;
        _isRightOne = Full(status.Config.Path) == _config;
        if (_isRightOne) return true;
        ComplainOfFile();
        _terminal.Complain($"{_path}: no-control: the weir that answers runs {status.Config.Path}, not {_config} (name its configuration with -c, or its socket with --socket)");
        return false;
    }

    private async Task<T?> SendAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> shape) where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _http.SendAsync(request);
            // A refused reload has an answer of its own shape.
            if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.UnprocessableEntity)
            {
                var problem = await response.Content.ReadFromJsonAsync(ControlJson.Default.ProblemView);
                _terminal.Complain($"refused: {problem?.Title}{(problem?.Detail is null ? "" : $" ({problem.Detail})")}");
                return null;
            }

            return await response.Content.ReadFromJsonAsync(shape);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
        {
            ComplainOfFile();
            // The runtime has no words of its own for a socket file that is not there.
            var reason = File.Exists(_path) ? (failure.InnerException ?? failure).Message : "there is no such socket";
            _terminal.Complain($"{_path}: no-control: {reason} (is weir running, and as the same user?)");
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    // The usual socket was tried; the file may name another.
    private void ComplainOfFile()
    {
        if (_unread.Count == 0) return;
        foreach (var problem in _unread) _terminal.Complain(problem);
        _terminal.Complain($"{_config}: no-control: the file cannot be read, so that its control socket and state folder are not known (name the socket with --socket)");
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

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
