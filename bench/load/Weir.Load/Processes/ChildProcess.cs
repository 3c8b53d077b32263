using System.Diagnostics;
using System.Text;

namespace Weir.Load.Processes;

/// <summary>One program that this run started, in a process group of its own, pinned to one CPU. Disposing it stops the group.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int Kept = 64 * 1024;

    private readonly Process _process = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _name;
    private readonly int _stopSignal;
    private bool _stopped;

    private ChildProcess(string name, int stopSignal)
    {
        _name = name;
        _stopSignal = stopSignal;
    }

    /// <summary>Id of the process and of its group: <c>setsid</c> and <c>taskset</c> replace themselves and do not fork.</summary>
    public int Id { get; private set; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    public static ChildProcess Start(int cpu, IReadOnlyList<string> command, int stopSignal = Native.SigTerm)
    {
        var child = new ChildProcess(Path.GetFileName(command[0]), stopSignal);
        ProcessStartInfo info = child._process.StartInfo;
        info.FileName = Tools.SetPriv;
        foreach (string part in (string[])["--pdeathsig", "TERM", Tools.SetSid, Tools.TaskSet, "-c", $"{cpu}", .. command])
            info.ArgumentList.Add(part);
        info.RedirectStandardInput = true;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        child._process.OutputDataReceived += (_, e) => Keep(child._output, e.Data);
        child._process.ErrorDataReceived += (_, e) => Keep(child._errors, e.Data);
        Spawner.Start(child._process);
        child.Id = child._process.Id;
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited)
            Native.Kill(Id, signal);
    }

    /// <summary>Waits for the end of the program and of its output.</summary>
    /// <exception cref="BenchException">It took longer than it may; the group is stopped.</exception>
    public void WaitForExit(TimeSpan most, CancellationToken cancel)
    {
        long end = Environment.TickCount64 + (long)most.TotalMilliseconds;
        while (!_process.WaitForExit(50))
        {
            cancel.ThrowIfCancellationRequested();
            if (Environment.TickCount64 <= end)
                continue;
            Dispose();
            throw new BenchException($"{_name} did not end within {most.TotalSeconds:0} s");
        }

        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_stopped)
            return;
        _stopped = true;
        if (!_process.HasExited)
        {
            Native.Kill(-Id, _stopSignal);
            if (!_process.WaitForExit(3000))
                Native.Kill(-Id, Native.SigKill);
            _process.WaitForExit(2000);
        }

        Native.Kill(-Id, Native.SigKill);
        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
        {
            if (text.Length < Kept)
                text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
