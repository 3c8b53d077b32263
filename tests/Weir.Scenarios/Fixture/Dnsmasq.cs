using System.Diagnostics;
using Weir.Tests;

namespace Weir.Scenarios.Fixture;

/// <summary>A real DNS server for names under <c>test</c>, that can be stopped and started anew at the same port.</summary>
internal sealed class Dnsmasq : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-dns-").FullName;
    private Process? _server;
    private TaskCompletionSource? _hostsRead;

    public int Port { get; } = FreePort.Find();

    private string Hosts => Path.Combine(_folder, "hosts");

    public async Task StartAsync(params string[] records)
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Hear(string line)
        {
            if (line.Contains("started, version")) listens.TrySetResult();
            if (line.Contains($"read {Hosts}")) _hostsRead?.TrySetResult();
        }

        _server = Shell.Start(_folder, Hear,
            "dnsmasq", ["--keep-in-foreground", "--log-facility=-", "--no-resolv", "--no-hosts", "--pid-file=", "--conf-file=/dev/null", $"--user={Environment.UserName}",
                $"--port={Port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--local=/test/", .. records]);
        await listens.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts it with one name whose addresses can be changed, with a time to live of a second.</summary>
    public async Task StartAsync(string name, string[] addresses)
    {
        await WriteAsync(name, addresses);
        await StartAsync($"--addn-hosts={Hosts}", "--local-ttl=1");
    }

    /// <summary>From now on that name has these.</summary>
    public async Task ChangeAsync(string name, string[] addresses)
    {
        await WriteAsync(name, addresses);
        _hostsRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Shell.RunAsync(_folder, $"kill -HUP {_server!.Id}");
        await _hostsRead.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async Task StopAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    public void Dispose()
    {
        _server?.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task WriteAsync(string name, string[] addresses) => File.WriteAllLinesAsync(Hosts, addresses.Select(a => $"{a} {name}"));
}
