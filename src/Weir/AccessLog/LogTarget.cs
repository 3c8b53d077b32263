using Weir.Reactor;
using Weir.Reactor.Files;

namespace Weir.AccessLog;

/// <summary>
/// Where lines go: standard output, standard error, or a file that is opened anew on request. A failure is counted and reported
/// when it begins, and loses lines, never the process; the next write tries again. Not thread-safe.
/// </summary>
internal sealed class LogTarget(string to, Action<string> report) : IDisposable
{
    private AppendFile? _file;
    private bool _failing;
    private long _lost;

    public string To => to;

    /// <summary>Writes that failed.</summary>
    public long Failures => Volatile.Read(ref _lost);

    /// <summary>So that a place that cannot be opened is known before the first line is lost.</summary>
    public void Prepare()
    {
        try
        {
            _file ??= Open();
        }
        catch (SystemCallException failure)
        {
            Fail(failure);
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            _file ??= Open();
            _file.Write(lines);
            if (_failing) report($"access log: {to} can be written again");
            _failing = false;
        }
        catch (Exception failure) when (failure is SystemCallException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _lost);
            Fail(failure);
        }
    }

    /// <summary>After the file was renamed: the next line goes to a new one.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Close();

    private void Fail(Exception failure)
    {
        if (!_failing) report($"access log: {to} cannot be written, lines are lost: {failure.Message}");
        _failing = true;
        Close();
    }

    private AppendFile Open() => to switch
    {
        "stdout" => AppendFile.Standard(1),
        "stderr" => AppendFile.Standard(2),
        _ => AppendFile.Open(to),
    };
}
