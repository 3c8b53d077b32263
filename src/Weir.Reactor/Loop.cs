using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Weir.Reactor.Buffers;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;
using Weir.Reactor.Timers;
using Weir.Reactor.Waiting;

namespace Weir.Reactor;

/// <summary>
/// One event loop: a thread with its own epoll set, timer wheel, buffers and ready list. Everything that belongs to a loop is
/// touched on its thread only; other threads reach it by <see cref="Post"/>.
/// A pass: wait for events, resume who waits for readiness, run posts, fire timers, run the ready list as it stood.
/// </summary>
public sealed unsafe class Loop : IDisposable
{
    private const int MaxEvents = 256;
    private const ulong WakeData = ulong.MaxValue;

    /// <summary>In <see cref="Marks"/>: timers fired.</summary>
    public const uint TimersMark = 1u << 30;

    /// <summary>In <see cref="Marks"/>: a post from another thread ran.</summary>
    public const uint PostMark = 1u << 31;

    [ThreadStatic] private static Loop? t_current;

    private readonly LoopOptions _options;
    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly WakeEvent _wake;
    private readonly byte* _events;
    private readonly ConcurrentQueue<(Action<object?> Action, object? State)> _posts = new();
    private readonly ReadyList _ready = new();
    private readonly Interruptions _interruptions = new();
    private readonly long _origin;
    private readonly long _turnTicks;
    private readonly long _slowTicks;
    private readonly long _notableTicks;
    private readonly double _ticksPerMillisecond;
    private IEventSource?[] _sources = new IEventSource?[1024];
    private uint[] _generations = new uint[1024];
    private long _turnStarted;
    private long _nextTrim;
    private int _sleeping;
    private bool _started;
    private bool _stopping;
    private bool _ended;
    private int _disposed;

    public Loop(int index, LoopOptions? options = null)
    {
        Index = index;
        _options = options ?? new LoopOptions();
        _origin = _options.Time.GetTimestamp();
        _ticksPerMillisecond = _options.Time.TimestampFrequency / 1000.0;
        _turnTicks = (long)(_options.TurnTime.TotalMilliseconds * _ticksPerMillisecond);
        _slowTicks = (long)(_options.SlowTurn.TotalMilliseconds * _ticksPerMillisecond);
        _notableTicks = Math.Min(_slowTicks, (long)(_ticksPerMillisecond * LoopCounters.TurnBounds[0]));
        Wheel = new TimerWheel(0);
        Transports = new TransportPool(this);
        Pipes = new PipePool();
        _events = (byte*)NativeMemory.Alloc((nuint)(MaxEvents * EpollEvents.Size));
        _epoll = SystemCallException.Check(Libc.epoll_create1(Constants.EpollCloexec), "epoll_create1");
        _wake = new WakeEvent();
        Check(Control(Constants.EpollAdd, _wake.Fd, Constants.EpollIn | Constants.EpollEdge, WakeData));
        _thread = new Thread(Run) { IsBackground = true, Name = $"loop-{index}" };
    }

    /// <summary>The loop that this thread runs, or null on any other thread.</summary>
    public static Loop? Current => t_current;

    /// <summary>0-based number, for per-loop tables.</summary>
    public int Index { get; }

    public BufferPool Buffers { get; } = new();

    public PipePool Pipes { get; }

    public TransportPool Transports { get; }

    public LoopCounters Counters { get; } = new();

    public TimeProvider Time => _options.Time;

    /// <summary>Bytes that a connection may move in one turn.</summary>
    public int TurnBytes => _options.TurnBytes;

    /// <summary>Milliseconds since the loop was made, as of the present turn.</summary>
    public long Now { get; private set; }

    /// <summary>As <see cref="Now"/>, but as of now, for other threads.</summary>
    public long Clock => (long)((_options.Time.GetTimestamp() - _origin) / _ticksPerMillisecond);

    /// <summary>The clock's timestamp at the start of the present turn: good enough for what is told in milliseconds, and free.</summary>
    public long TurnTimestamp => _turnStarted;

    /// <summary>
    /// What the present turn went through, a bit for each step as whoever runs on the loop numbers them (the two highest are the loop's
    /// own): told of a turn that was slow. A turn begins with none.
    /// </summary>
    public uint Marks { get; set; }

    /// <summary>The present turn has used up its time: yield at the next good place.</summary>
    public bool IsTurnOver => _options.Time.GetTimestamp() - _turnStarted > _turnTicks;

    internal TimerWheel Wheel { get; }

    /// <summary>The first descriptor that what clients bring about leaves to others.</summary>
    internal int DescriptorCeiling { get; } = ProcessLimits.DescriptorCeiling;

    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>
    /// Ends the loop after the present pass, with everything posted before; waits for its thread. What is still open is closed by its
    /// owners before. A loop that was never started just ends.
    /// </summary>
    public void Stop()
    {
        Post(static state => ((Loop)state!)._stopping = true, this);
        if (_started && t_current != this) _thread.Join();
    }

    /// <summary>Runs something on the loop, from any thread, in order of posting. After the loop has ended nothing runs.</summary>
    public void Post(Action<object?> action, object? state)
    {
        if (Volatile.Read(ref _ended)) return;
        _posts.Enqueue((action, state));
        // Full fence: the post must be visible before the flag is read, as the loop sets the flag before it looks for posts.
        if (Interlocked.Exchange(ref _sleeping, 0) != 0) _wake.Set();
    }

    /// <summary>Makes the loop look at its clock, from any thread. By a post: the flag alone is missed by a loop on its way to sleep.</summary>
    public void Wake() => Post(static _ => { }, null);

    /// <summary>Puts a continuation on the ready list. Off the loop, where an await with ConfigureAwait(false) can end up, it comes back by a post.</summary>
    public void Ready(Action continuation)
    {
        if (t_current == this) _ready.Add(continuation);
        else Post(static state => ((Action)state!)(), continuation);
    }

    /// <summary>Lets others run: the rest of the method goes on in the next pass.</summary>
    public YieldAwaitable Yield() => new(this);

    /// <summary>Sets a node's deadline in milliseconds of <see cref="Now"/>; on the loop only.</summary>
    public void SetTimer(TimerNode node, long due) => Wheel.Set(node, due);

    /// <summary>Takes a node off the wheel; on the loop only.</summary>
    public void RemoveTimer(TimerNode node) => Wheel.Remove(node);

    /// <summary>Stops the loop and frees what it owns; not from its own thread. Posts that come later are dropped.</summary>
    public void Dispose()
    {
        if (t_current == this) throw new InvalidOperationException("A loop does not dispose itself.");
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Stop();
        Volatile.Write(ref _ended, true);
        Libc.close(_epoll);
        _wake.Dispose();
        _interruptions.Dispose();
        Buffers.Dispose();
        Pipes.Dispose();
        NativeMemory.Free(_events);
    }

    /// <summary>Registers a descriptor; events reach the source until <see cref="Unregister"/>. 0, or the errno: the kernel may have no memory or watch left.</summary>
    internal int Register(int fd, uint flags, IEventSource source)
    {
        if (fd >= _sources.Length) GrowTables(fd);
        _sources[fd] = source;
        var errno = Control(Constants.EpollAdd, fd, flags, Data(fd));
        if (errno != 0) _sources[fd] = null;
        return errno;
    }

    /// <summary>Changes what is reported of a registered descriptor; what is so already is reported anew.</summary>
    internal void Modify(int fd, uint flags) => Check(Control(Constants.EpollModify, fd, flags, Data(fd)));

    /// <summary>Forgets a descriptor that is about to be closed: events of it still in the batch are dropped. Closing takes it out of the epoll set.</summary>
    internal void Unregister(int fd, bool staysOpen = false)
    {
        _sources[fd] = null;
        unchecked { _generations[fd]++; }
        if (staysOpen) Libc.epoll_ctl(_epoll, Constants.EpollDelete, fd, null);
    }

    private ulong Data(int fd) => ((ulong)_generations[fd] << 32) | (uint)fd;

    private void Run()
    {
        t_current = this;
        SynchronizationContext.SetSynchronizationContext(new LoopSynchronizationContext(this));
        _interruptions.Begin();
        var finished = _options.Time.GetTimestamp();
        while (!_stopping)
        {
            var events = WaitForEvents();
            _interruptions.BeginPass(Now);
            var started = BeginTurn();
            for (var i = 0; i < events; i++) Dispatch(EpollEvents.Flags(_events, i), EpollEvents.Data(_events, i));
            if (!_posts.IsEmpty) RunPosts();
            Marks |= TimersMark;
            Wheel.Advance(Now);
            EndTurn();
            RunReady();
            if (Now >= _nextTrim) Trim();
            finished = _options.Time.GetTimestamp();
            Counters.Passes++;
            Counters.BusyTicks += finished - started;
        }

        Volatile.Write(ref _ended, true);
        _posts.Clear();
        t_current = null;
    }

    private int WaitForEvents()
    {
        var timeout = 0;
        if (_ready.IsEmpty)
        {
            Interlocked.Exchange(ref _sleeping, 1);
            timeout = _posts.IsEmpty ? SleepTime() : 0;
        }

        var count = Libc.epoll_wait(_epoll, _events, MaxEvents, timeout);
        Volatile.Write(ref _sleeping, 0);
        if (count >= 0) return count;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Constants.ErrnoInterrupted ? 0 : throw new SystemCallException("epoll_wait", errno);
    }

    // Until the next timer. Memory that lies unused is a reason to wake too, until all of it is given back: then nothing is.
    private int SleepTime()
    {
        var next = Wheel.MillisecondsToNext(Now);
        if (!Buffers.HasSpare && !Pipes.HasSpare) return next;
        var trim = (int)Math.Max(0, _nextTrim - Now);
        return next < 0 ? trim : Math.Min(next, trim);
    }

    private void Dispatch(uint flags, ulong data)
    {
        if (data == WakeData)
        {
            _wake.Clear();
            return;
        }

        var fd = (int)(uint)data;
        var generation = (uint)(data >> 32);
        var source = _sources[fd];
        if (source is null || _generations[fd] != generation)
        {
            Counters.StaleEvents++;
            return;
        }

        Counters.Events++;
        source.OnEvent(flags);
        EndTurn();
    }

    private void RunPosts()
    {
        // Only those that are there now: a post that posts again must not keep the loop from its sockets.
        for (var n = _posts.Count; n > 0 && _posts.TryDequeue(out var post); n--)
        {
            Counters.Posts++;
            Marks |= PostMark;
            post.Action(post.State);
            EndTurn();
        }
    }

    private void RunReady()
    {
        for (var n = _ready.Count; n > 0; n--)
        {
            Counters.ReadyRuns++;
            _ready.Take()();
            EndTurn();
        }
    }

    // One clock reading ends a turn and begins the next.
    private void EndTurn()
    {
        var started = _turnStarted;
        var now = BeginTurn();
        var ticks = now - started;
        if (ticks > _notableTicks) ticks -= Math.Min(ticks, (long)(_interruptions.Take(Now).TotalMilliseconds * _ticksPerMillisecond));
        var marks = Marks;
        Marks = 0;
        Counters.Turns[ticks <= _notableTicks ? 0 : BucketOf(ticks)]++;
        if (ticks > Counters.LongestTurn) Counters.LongestTurn = ticks;
        if (ticks <= _slowTicks) return;
        Counters.SlowTurns++;
        _options.OnSlowTurn?.Invoke(this, _options.Time.GetElapsedTime(0, ticks), marks);
    }

    private int BucketOf(long ticks)
    {
        var bucket = 0;
        while (bucket < LoopCounters.TurnBounds.Length && ticks > LoopCounters.TurnBounds[bucket] * _ticksPerMillisecond) bucket++;
        return bucket;
    }

    private long BeginTurn()
    {
        var now = _options.Time.GetTimestamp();
        _turnStarted = now;
        Now = (long)((now - _origin) / _ticksPerMillisecond);
        return now;
    }

    private void Trim()
    {
        _nextTrim = Now + 5000;
        Buffers.Trim();
        Pipes.Trim();
    }

    // 0, or the errno.
    private int Control(int operation, int fd, uint flags, ulong data)
    {
        var ev = stackalloc byte[EpollEvents.Size];
        EpollEvents.Write(ev, flags, data);
        return Libc.epoll_ctl(_epoll, operation, fd, ev) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void Check(int errno)
    {
        if (errno != 0) throw new SystemCallException("epoll_ctl", errno);
    }

    private void GrowTables(int fd)
    {
        var size = Math.Max(fd + 1, _sources.Length * 2);
        Array.Resize(ref _sources, size);
        Array.Resize(ref _generations, size);
    }
}
