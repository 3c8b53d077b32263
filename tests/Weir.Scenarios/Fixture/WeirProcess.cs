using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Weir.Scenarios.Fixture;

/// <summary>
/// The built program, run as a user runs it: <c>weir run -c</c> on a file of its own. Ports are the kernel's choice and are read from
/// what it logs. WEIR_BINARY names another program to try, such as the published one.
/// </summary>
internal sealed partial class WeirProcess : IAsyncDisposable
{
    public const int SigHup = 1, SigInt = 2, SigQuit = 3, SigUsr1 = 10, SigUsr2 = 12, SigTerm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _output = new();
    private readonly string _folder;

    private WeirProcess(string folder, string[] args, IReadOnlyDictionary<string, string>? environment, string? script = null)
    {
        _folder = folder;
        var (program, first) = Program();
        if (script is not null) (program, first) = ("sh", ["-c", script, "sh", program, .. first]);
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var arg in first.Concat(args)) start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
    }

    public int Id => _process.Id;

    public HttpClient Client { get; }

    /// <summary>What it wrote to standard error so far.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    public IReadOnlyList<string> Output => [.. _output];

    public string ControlSocket => Path.Combine(_folder, "control.sock");

    public string ConfigPath => Path.Combine(_folder, "weir.yaml");

    /// <summary>Starts it on this configuration and waits until it is ready. <c>{folder}</c> stands for its own folder; the control socket is in it unless the text says otherwise.</summary>
    public static async Task<WeirProcess> StartAsync(string config, IReadOnlyDictionary<string, string>? environment = null)
    {
        var weir = Launch(config, environment);
        try
        {
            await weir.WaitForErrorAsync("ready in");
            return weir;
        }
        catch
        {
            await weir.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and does not wait.</summary>
    public static WeirProcess Launch(string config, IReadOnlyDictionary<string, string>? environment = null)
    {
        var folder = Directory.CreateTempSubdirectory("weir-scenario-").FullName;
        File.WriteAllText(Path.Combine(folder, "weir.yaml"), Complete(config, folder));
        return new WeirProcess(folder, ["run", "-c", "weir.yaml"], environment);
    }

    /// <summary>Any other command.</summary>
    public static WeirProcess Command(params string[] args) => new(Directory.CreateTempSubdirectory("weir-scenario-").FullName, args, null);

    /// <summary>Any other command, run by a script of the shell that has it as <c>"$@"</c>.</summary>
    public static WeirProcess CommandInShell(string script, params string[] args) => new(Directory.CreateTempSubdirectory("weir-scenario-").FullName, args, null, script);

    /// <summary>The port that a listener was given.</summary>
    public int Port(string listener = "web")
        => Errors.Select(l => Regex.Match(l, $@"listening on \S+:(\d+) \({listener}\)")).Where(static m => m.Success).Select(static m => int.Parse(m.Groups[1].Value)).Last();

    public async Task<int> AdminPortAsync()
        => int.Parse(Regex.Match(await WaitForErrorAsync("admin on "), @":(\d+)$").Groups[1].Value);

    public Task<HttpResponseMessage> GetAsync(string path, string listener = "web") => Client.GetAsync(new Uri($"http://127.0.0.1:{Port(listener)}{path}"));

    public Task<string> GetTextAsync(string path, string listener = "web") => Client.GetStringAsync(new Uri($"http://127.0.0.1:{Port(listener)}{path}"));

    /// <summary>Writes the configuration anew, at once and whole.</summary>
    public void Rewrite(string config)
    {
        File.WriteAllText(ConfigPath + ".new", Complete(config, _folder));
        File.Move(ConfigPath + ".new", ConfigPath, overwrite: true);
    }

    public void Signal(int number) => kill(_process.Id, number).ShouldBe(0);

    /// <summary>The first line of standard error, after so many of that kind, that has this in it.</summary>
    public Task<string> WaitForErrorAsync(string text, int after = 0) => WaitAsync(_errors, text, after);

    public Task<string> WaitForOutputAsync(string text) => WaitAsync(_output, text, 0);

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>A client of the control socket.</summary>
    public HttpClient Control() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(ControlSocket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://weir/"), Timeout = Patience };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Complete(string config, string folder)
    {
        config = config.Replace("{folder}", folder, StringComparison.Ordinal);
        return config.Contains("control:", StringComparison.Ordinal) ? config : $"{config}\ncontrol: {{ socket: \"{Path.Combine(folder, "control.sock")}\" }}\n";
    }

    private static (string Program, string[] First) Program()
    {
        if (Environment.GetEnvironmentVariable("WEIR_BINARY") is { Length: > 0 } given) return (given, []);
        return ("dotnet", [Path.Combine(AppContext.BaseDirectory, "weir.dll")]);
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null) lines.Enqueue(line);
    }

    private async Task<string> WaitAsync(ConcurrentQueue<string> lines, string text, int after)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            var found = lines.Where(l => l.Contains(text, StringComparison.Ordinal)).Skip(after).FirstOrDefault();
            if (found is not null) return found;
            if (_process.HasExited && !lines.Any(l => l.Contains(text, StringComparison.Ordinal)))
            {
                // What it said last may still be on its way.
                await _process.WaitForExitAsync();
                if (lines.Where(l => l.Contains(text, StringComparison.Ordinal)).Skip(after).FirstOrDefault() is { } late) return late;
                break;
            }

            await Task.Delay(10);
        }

        throw new InvalidOperationException($"'{text}' was not said; standard error:\n{string.Join('\n', _errors)}");
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
