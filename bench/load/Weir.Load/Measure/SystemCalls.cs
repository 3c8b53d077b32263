using System.Text.RegularExpressions;
using Weir.Load.Processes;

namespace Weir.Load.Measure;

/// <summary>Counts the system calls of a process group with strace. The group is slowed many times over, so nothing is timed meanwhile.</summary>
internal sealed partial class SystemCalls : IDisposable
{
    private static readonly HashSet<string> Receives = ["recvfrom", "recvmsg", "read", "readv"];
    private static readonly HashSet<string> Sends = ["sendto", "sendmsg", "write", "writev", "sendfile", "splice"];
    private static readonly HashSet<string> Waits = ["epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select"];

    private readonly ChildProcess _strace;
    private readonly string _file;

    private SystemCalls(ChildProcess strace, string file)
    {
        _strace = strace;
        _file = file;
    }

    public enum Kind { Receive, Send, Wait, Other }

    public static SystemCalls Attach(int group, int cpu, string file, CancellationToken cancel)
    {
        IReadOnlyList<int> processes = ProcessGroup.Members(group);
        var strace = ChildProcess.Start(cpu, [Tools.Strace, "-f", "-c", "-o", file, .. processes.SelectMany(p => (string[])["-p", $"{p}"])], Native.SigInt);
        var counter = new SystemCalls(strace, file);
        try
        {
            for (int tries = 0; AttachedLine().Count(strace.Errors) < processes.Count; tries++)
            {
                if (strace.HasExited || tries == 500)
                    throw new BenchException($"strace cannot attach (as another user than root it needs kernel.yama.ptrace_scope=0): {strace.Errors.Trim()}");
                cancel.ThrowIfCancellationRequested();
                Thread.Sleep(10);
            }

            return counter;
        }
        catch
        {
            counter.Dispose();
            throw;
        }
    }

    public static Kind KindOf(string call) =>
        Receives.Contains(call) ? Kind.Receive : Sends.Contains(call) ? Kind.Send : Waits.Contains(call) ? Kind.Wait : Kind.Other;

    /// <summary>Ends counting.</summary>
    public IReadOnlyDictionary<string, long> Finish(CancellationToken cancel)
    {
        _strace.Signal(Native.SigInt);
        _strace.WaitForExit(TimeSpan.FromSeconds(10), cancel);
        return Parse(File.ReadAllLines(_file));
    }

    /// <summary>Lines such as <c> 24.31    0.015       1     14321     12 recvfrom</c>; the column of errors may be empty.</summary>
    public static IReadOnlyDictionary<string, long> Parse(IEnumerable<string> lines)
    {
        var calls = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length >= 5 && parts[^1] != "total" && char.IsAsciiDigit(parts[0][0]) && long.TryParse(parts[3], out long count))
                calls[parts[^1]] = count;
        }

        return calls;
    }

    public void Dispose() => _strace.Dispose();

    [GeneratedRegex(@"strace: Process \d+ attached")]
    private static partial Regex AttachedLine();
}
