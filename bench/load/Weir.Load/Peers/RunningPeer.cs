using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Weir.Load.Loads;
using Weir.Load.Processes;

namespace Weir.Load.Peers;

/// <summary>A peer that was started for a scenario and answers.</summary>
internal sealed class RunningPeer : IDisposable
{
    private static readonly TimeSpan MostToStart = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;
    private readonly Peer _peer;
    private readonly PeerSettings _settings;

    private RunningPeer(string label, Peer peer, PeerSettings settings, ChildProcess process)
    {
        Label = label;
        _peer = peer;
        _settings = settings;
        _process = process;
    }

    /// <summary>Its name in this scenario's tables.</summary>
    public string Label { get; }

    public int Port => _settings.Port;

    public bool IsSecure => _settings.Tls is not null;

    public int ProcessGroup => _process.Id;

    /// <summary>From just before the start to the first answered request.</summary>
    public TimeSpan TimeToFirstResponse { get; private set; }

    public string Url(string path) => $"{(_settings.Tls is null ? "http" : "https")}://127.0.0.1:{Port}{path}";

    public Reply Get(string path) => _settings.Tls is null ? RawHttp.Get(Port, path) : SecureHttp.Get(Port, path);

    public static RunningPeer Start(string label, Peer peer, PeerSettings settings, int cpu, CancellationToken cancel)
    {
        PeerCommand command = peer.Configure(settings);
        long began = Stopwatch.GetTimestamp();
        var running = new RunningPeer(label, peer, settings, ChildProcess.Start(cpu, command.Line, command.StopSignal));
        try
        {
            running.WaitForAnswer(began, cancel);
            return running;
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    public void Reload(string marker)
    {
        _peer.Configure(_settings with { Marker = marker });
        _process.Signal(Native.SigHup);
    }

    /// <summary>
    /// How many of a histogram's values were above a bound, over all label sets; NaN for a peer without metrics.
    /// </summary>
    public double CountAbove(string histogram, string bound)
    {
        if (_settings.MetricsPort == 0)
            return double.NaN;
        string[] lines = Encoding.UTF8.GetString(RawHttp.Get(_settings.MetricsPort, "/metrics").Body).Split('\n');
        double all = Sum(lines, l => l.StartsWith(histogram + "_count", StringComparison.Ordinal));
        return all - Sum(lines, l => l.StartsWith(histogram + "_bucket", StringComparison.Ordinal) && l.Contains($"le=\"{bound}\"", StringComparison.Ordinal));

        static double Sum(string[] lines, Func<string, bool> which) =>
            lines.Where(which).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Throws away what was logged so far; the file lies in memory.</summary>
    public void EmptyLog()
    {
        if (_peer.LogFile(_settings) is not { } path || !File.Exists(path))
            return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    /// <exception cref="BenchException">The process has ended.</exception>
    public void MustLive()
    {
        if (!_process.HasExited)
            return;
        string log = Path.Combine(_settings.Folder, "error.log");
        string text = _process.Errors + _process.Output + (File.Exists(log) ? File.ReadAllText(log) : "");
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        throw new BenchException($"{Label} ended with exit code {_process.ExitCode}: {string.Join(" | ", lines.TakeLast(5))}");
    }

    public void Dispose() => _process.Dispose();

    private bool TryGet(string path, out Reply reply)
    {
        reply = default;
        try
        {
            reply = Get(path);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or BenchException)
        {
            return false;
        }
    }

    private void WaitForAnswer(long began, CancellationToken cancel)
    {
        while (true)
        {
            if (TryGet("/", out Reply reply) && reply.Status == 200)
            {
                TimeToFirstResponse = Stopwatch.GetElapsedTime(began);
                return;
            }

            MustLive();
            if (Stopwatch.GetElapsedTime(began) > MostToStart)
                throw new BenchException($"{Label} did not answer within {MostToStart.TotalSeconds:0} s (last status: {reply.Status})");
            cancel.ThrowIfCancellationRequested();
            Thread.Sleep(1);
        }
    }
}
