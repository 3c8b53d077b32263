using System.Runtime.CompilerServices;
using Weir.Config.Records;
using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>
/// Takes records out of the loops' rings, formats them and writes them, on its own thread: a slow disk holds up nobody, since a ring
/// that is full drops and counts. Polls, because waking it would cost the loops more than its looking costs the machine.
/// </summary>
internal sealed class AccessLogWriter : IDisposable
{
    private const int BatchBytes = 48 * 1024;
    private const int ShortestWaitMs = 5;
    private const int LongestWaitMs = 100;

    private readonly IReadOnlyList<LogRing> _rings;
    private readonly Action<string> _report;
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private readonly LogLine _line = new(LogEscape.Hex);
    private readonly Lock _gate = new();
    private volatile bool _stopping;
    private bool _reopen;
    private LogFormat? _next;
    private LogTarget? _nextTarget;
    private LogFormat? _format;
    private LogTarget? _target;
    private long _failures;
    private long _written;

    public AccessLogWriter(IReadOnlyList<LogRing> rings, Action<string> report)
    {
        (_rings, _report) = (rings, report);
        _thread = new Thread(Run, 256 * 1024) { Name = "weir-access-log", IsBackground = true, Priority = ThreadPriority.BelowNormal };
    }

    /// <summary>Records that found no room in a ring.</summary>
    public long Dropped => _rings.Sum(static r => r.Dropped);

    /// <summary>Records that became lines.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Writes that failed, with the lines in them.</summary>
    public long Failures => Volatile.Read(ref _failures) + (Volatile.Read(ref _target)?.Failures ?? 0);

    public void Start() => _thread.Start();

    /// <summary>From the next batch on; the configuration was checked. <c>off</c> writes what is left and then nothing.</summary>
    public void Configure(AccessLogConfig config)
    {
        var format = LogFormats.Make(config.Format, out _);
        lock (_gate)
        {
            _next = format;
            _nextTarget = format is null ? null : _nextTarget is { } target && target.To == config.To ? target : new LogTarget(config.To, _report);
        }

        _wake.Set();
    }

    /// <summary>The file was moved away: a new one is opened by its name.</summary>
    public void Reopen()
    {
        lock (_gate) _reopen = true;
        _wake.Set();
    }

    /// <summary>Writes what is left, then ends. The loops have stopped, or what they say later is lost.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (_thread.IsAlive) _thread.Join(TimeSpan.FromSeconds(5));
        _target?.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        var wait = ShortestWaitMs;
        while (true)
        {
            var stopping = _stopping;
            TakeOver();
            var most = DrainAll();
            if (stopping) return;
            // A ring that is getting full is looked at again at once; a quiet one seldom.
            if (most > 0) wait = ShortestWaitMs;
            else wait = Math.Min(LongestWaitMs, wait * 2);
            if (most < 0.25) _wake.WaitOne(wait);
        }
    }

    // What was asked of the writer since the last batch.
    private void TakeOver()
    {
        bool fresh;
        lock (_gate)
        {
            fresh = _reopen || _target != _nextTarget;
            if (_target != _nextTarget)
            {
                if (_target is not null)
                {
                    // What is in the rings was said under the old settings.
                    DrainAll();
                    _failures += _target.Failures;
                    _target.Dispose();
                }

                Volatile.Write(ref _target, _nextTarget);
            }

            _format = _next;
            if (_format is not null) _line.Escape = _format.Escape;
            if (_reopen) _target?.Close();
            _reopen = false;
        }

        if (fresh) _target?.Prepare();
    }

    /// <summary>How full the fullest ring was.</summary>
    private double DrainAll()
    {
        var fullest = 0.0;
        foreach (var ring in _rings)
        {
            var taken = Drain(ring);
            if (taken > 0) fullest = Math.Max(fullest, (double)taken / ring.Capacity);
        }

        Flush();
        return fullest;
    }

    private int Drain(LogRing ring)
    {
        // Bounded, so that one busy loop cannot keep the others' rings waiting.
        var taken = 0;
        for (; taken < ring.Capacity; taken++)
        {
            ref var record = ref ring.Peek();
            if (Unsafe.IsNullRef(ref record)) break;
            if (_format is not null)
            {
                _format.Write(record, _line);
                _written++;
            }

            ring.Take();
            if (_line.Length >= BatchBytes) Flush();
        }

        return taken;
    }

    private void Flush()
    {
        if (_line.Length == 0) return;
        _target?.Write(_line.Written);
        _line.Truncate(0);
    }
}
