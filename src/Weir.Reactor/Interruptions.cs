using Weir.Reactor.Native;

namespace Weir.Reactor;

/// <summary>
/// The time that kept a loop's thread from running though it had work: garbage collections, which stop every thread, and waits for a
/// core that another thread had. A turn is not to blame for either. LoopState.
/// </summary>
internal sealed unsafe class Interruptions : IDisposable
{
    // Waits for a core add up all the time on a machine that has little to spare: only what came since a moment ago can be of one turn.
    private const int FreshMilliseconds = 50;

    private int _file = -1;
    private int _collections;
    private TimeSpan _paused;
    private long _waited;
    private long _lookedAt;

    /// <summary>On the loop's thread.</summary>
    public void Begin()
    {
        fixed (byte* path = "/proc/thread-self/schedstat\0"u8) _file = LibcFiles.open(path, Constants.OpenCloexec, 0);
        Look(0);
    }

    /// <summary>Before a pass: what was until here is of no turn to come. Looks closer only when there was a collection.</summary>
    public void BeginPass(long now)
    {
        if (GC.CollectionCount(0) != _collections) Look(now);
    }

    /// <summary>After a turn that took long: the time of it that was none of its own.</summary>
    public TimeSpan Take(long now)
    {
        var (paused, waited, lookedAt) = (_paused, _waited, _lookedAt);
        Look(now);
        var interrupted = _paused - paused;
        if (now - lookedAt <= FreshMilliseconds) interrupted += TimeSpan.FromTicks((_waited - waited) / 100);
        return interrupted;
    }

    public void Dispose()
    {
        if (_file >= 0) Libc.close(_file);
        _file = -1;
    }

    private void Look(long now)
    {
        _collections = GC.CollectionCount(0);
        _paused = GC.GetTotalPauseDuration();
        _waited = ReadWaited();
        _lookedAt = now;
    }

    // The second number of the file: nanoseconds in which the thread was ready and had no core. 0 where the kernel does not tell.
    private long ReadWaited()
    {
        Span<byte> text = stackalloc byte[96];
        nint length;
        fixed (byte* start = text) length = _file < 0 ? 0 : Libc.pread(_file, start, text.Length, 0);
        if (length <= 0) return 0;
        text = text[..(int)length];
        text = text[(text.IndexOf((byte)' ') + 1)..];
        return System.Buffers.Text.Utf8Parser.TryParse(text, out long waited, out _) ? waited : 0;
    }
}
