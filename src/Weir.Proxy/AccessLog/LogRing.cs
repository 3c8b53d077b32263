namespace Weir.Proxy.AccessLog;

/// <summary>
/// A loop's log records on their way to the writer: one producer, one consumer, no lock, no wait. When it is full the record is dropped
/// and counted, since a slow disk must not slow an exchange.
/// </summary>
internal sealed class LogRing
{
    private LogRecord[] _records = [];
    private long _written;
    private long _read;
    private long _dropped;

    /// <summary>Records that found no room.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Records that were taken by the writer.</summary>
    public long Read => Volatile.Read(ref _read);

    public int Capacity => _records.Length;

    /// <summary>Makes room, a power of two; before the loop logs its first exchange. Later calls change nothing.</summary>
    public void Allocate(int capacity)
    {
        if (_records.Length == 0) _records = new LogRecord[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
    }

    /// <summary>The producer's next record, to be filled and then published; null reference when there is no room.</summary>
    public ref LogRecord Next()
    {
        if (_written - Volatile.Read(ref _read) < _records.Length) return ref _records[_written & (_records.Length - 1)];
        _dropped++;
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<LogRecord>();
    }

    public void Publish() => Volatile.Write(ref _written, _written + 1);

    /// <summary>The consumer's next record; null reference when there is none.</summary>
    public ref LogRecord Peek()
    {
        if (_read == Volatile.Read(ref _written)) return ref System.Runtime.CompilerServices.Unsafe.NullRef<LogRecord>();
        return ref _records[_read & (_records.Length - 1)];
    }

    public void Take() => Volatile.Write(ref _read, _read + 1);
}
