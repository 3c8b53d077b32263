using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>An origin that is a process of its own (NGINX), to be killed, stopped in its tracks, and started anew at the same port.</summary>
internal sealed class OriginProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-origin-").FullName;
    private readonly int _port = FreePort.Find();
    private Process? _process;

    public string Url => $"http://127.0.0.1:{_port}";

    public static async Task<OriginProcess[]> StartAsync(int count)
    {
        var origins = Enumerable.Range(0, count).Select(static _ => new OriginProcess()).ToArray();
        foreach (var origin in origins) await origin.StartAsync();
        return origins;
    }

    /// <summary>Until it listens.</summary>
    public async Task StartAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{_folder}}/nginx.pid;
            error_log stderr;
            events { }
            http { access_log off; server { listen 127.0.0.1:{{_port}}; location / { return 200 "{{Answers.Body}}"; } } }
            """);
        _process = Shell.Start(_folder, static _ => { }, ForeignProgram.Find("nginx")!, "-p", _folder, "-e", "stderr", "-c", Path.Combine(_folder, "nginx.conf"));
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(5))
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
            {
                // It does not listen yet.
            }
        }
    }

    /// <summary>SIGKILL: the kernel resets its connections, and refuses new ones.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: the kernel goes on to accept connections for it, and nobody answers.</summary>
    public Task FreezeAsync() => Shell.RunAsync(_folder, $"kill -STOP {_process!.Id}");

    public Task ThawAsync() => Shell.RunAsync(_folder, $"kill -CONT {_process!.Id}");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
