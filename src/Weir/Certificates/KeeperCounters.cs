namespace Weir.Certificates;

/// <summary>SharedState: what all orders count together.</summary>
internal sealed class KeeperCounters
{
    private long _issued;
    private long _renewed;
    private long _failed;

    /// <summary>Certificates that came from an authority, renewals among them.</summary>
    public long Issued => Volatile.Read(ref _issued);

    public long Renewed => Volatile.Read(ref _renewed);

    /// <summary>Tries that came to nothing.</summary>
    public long Failed => Volatile.Read(ref _failed);

    public void CountIssued(bool isRenewal)
    {
        Interlocked.Increment(ref _issued);
        if (isRenewal) Interlocked.Increment(ref _renewed);
    }

    public void CountFailed() => Interlocked.Increment(ref _failed);
}
