using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weir.Tests;

namespace Weir.Scenarios.Fixture;

/// <summary>A proxy of others, run in the foreground on a file of its own. <c>{folder}</c> and <c>{port}</c> in the file stand for its folder and for a free port that it is to listen on.</summary>
internal sealed class ForeignProgram : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-foreign-").FullName;
    private readonly Process _process;

    private ForeignProgram(string program, string config, string[] args)
    {
        var path = Path.Combine(_folder, program + ".conf");
        File.WriteAllText(path, config.Replace("{folder}", _folder, StringComparison.Ordinal).Replace("{port}", $"{Port}", StringComparison.Ordinal));
        var start = new ProcessStartInfo(Find(program)!) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        foreach (var arg in args) start.ArgumentList.Add(arg.Replace("{file}", path, StringComparison.Ordinal).Replace("{folder}", _folder, StringComparison.Ordinal));
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public int Port { get; } = FreePort.Find();

    public static Task<ForeignProgram> HaproxyAsync(string config)
        => StartAsync(new ForeignProgram("haproxy", $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 30s
                timeout server 30s
            {config}

            """, ["-db", "-f", "{file}"]));

    public static Task<ForeignProgram> NginxAsync(string http)
        => StartAsync(new ForeignProgram("nginx", $$"""
            daemon off;
            master_process off;
            pid {folder}/nginx.pid;
            error_log stderr;
            events { }
            http { access_log off; {{http}} }
            """, ["-p", "{folder}", "-e", "stderr", "-c", "{file}"]));

    public static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ForeignProgram> StartAsync(ForeignProgram program)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(10))
        {
            if (program._process.HasExited) throw new InvalidOperationException(await program._process.StandardError.ReadToEndAsync());
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, program.Port);
                return program;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
            {
                // It does not listen yet.
            }
        }
    }
}
