using Weir.Config.Records;
using Weir.Http;
using Weir.Reactor.Sockets;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>
/// What is known of an endpoint over all loops and snapshots. SharedState: atomics only. Its <see cref="Id"/> finds each loop's own
/// part (idle connections).
/// </summary>
internal sealed class EndpointState(int id, ClusterState cluster, string url, UpstreamTls? tls, UpstreamProtocol protocol, ProxyProtocol introduces, int loops)
{
    private int _active;
    private int _connections;
    private int _failuresInARow;
    private long _probesPassed;
    private long _probesFailed;
    private long _ejections;
    private int _lastFault;
    private int _connectError;
    private EndpointHealth _health = EndpointHealth.Unknown;
    private SocketAddress[] _addresses = [];
    private volatile bool _speaksHttp2 = protocol == UpstreamProtocol.Http2;

    /// <summary>Never used again in this process, so that a loop's table can be indexed by it.</summary>
    public int Id => id;

    public string Cluster => cluster.Name;

    public ClusterState ClusterState => cluster;

    public string Url => url;

    /// <summary>Null for plain HTTP.</summary>
    public UpstreamTls? Tls => tls;

    /// <summary>What may be spoken.</summary>
    public UpstreamProtocol Protocol => protocol;

    /// <summary>It speaks HTTP/2: by configuration, or since the last handshake.</summary>
    public bool SpeaksHttp2 => _speaksHttp2;

    /// <summary>How a connection says whom it is from.</summary>
    public ProxyProtocol Introduces => introduces;

    /// <summary>It is told whom a connection is from: that one serves nobody else.</summary>
    public bool KnowsClients => introduces != ProxyProtocol.Off;

    /// <summary>Attempts in flight at this endpoint.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Connections open to it, idle ones too.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>What the name stands for now; one for a literal address. Empty until a name was resolved.</summary>
    public SocketAddress[] Addresses
    {
        get => Volatile.Read(ref _addresses);
        set => Volatile.Write(ref _addresses, value);
    }

    /// <summary>No snapshot names it any more: idle connections are closed, used ones are not kept.</summary>
    public volatile bool Removed;

    /// <summary>Takes no new requests, by the operator's word; clients that are kept at it by a cookie stay.</summary>
    public volatile bool Draining;

    /// <summary>With <see cref="Draining"/>: those clients go elsewhere too.</summary>
    public volatile bool Evicting;

    /// <summary>Given by an operator at run time, in place of the configured one; -1 for none.</summary>
    public volatile int Weight = -1;

    /// <summary>Its probe says that it does not serve.</summary>
    public volatile bool Unhealthy;

    /// <summary>It failed what it was sent: for a while it gets nothing more.</summary>
    public volatile bool Ejected;

    /// <summary>It may be sent requests, as far as its health is concerned.</summary>
    public bool IsSound => !Unhealthy && !Ejected;

    /// <summary>What is known of its health, for people.</summary>
    public EndpointHealth Health => Volatile.Read(ref _health);

    /// <summary>Attempts that failed by its fault since the last one that did not.</summary>
    public int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>How the last of them failed. Written on a failure alone.</summary>
    public EndpointFault LastFault => new((Refusal)(Volatile.Read(ref _lastFault) & 0xFF), Volatile.Read(ref _lastFault) >> 8, Volatile.Read(ref _connectError));

    /// <summary>Why the last connection that could not be made could not, as an errno; 0 when the network did not say.</summary>
    public int ConnectError
    {
        set => Volatile.Write(ref _connectError, value);
    }

    public long ProbesPassed => Volatile.Read(ref _probesPassed);

    public long ProbesFailed => Volatile.Read(ref _probesFailed);

    public long Ejections => Volatile.Read(ref _ejections);

    /// <summary>When it came or recovered, in milliseconds: its share grows from there. 0 for long ago. Written by the control plane.</summary>
    public long WarmingSince { get; set; }

    /// <summary>It came or recovered a moment ago: slow as it may still be, it gets what it needs to become quick.</summary>
    public bool IsWarming => WarmingSince != 0;

    /// <summary>Kept where clusters compare their endpoints' times.</summary>
    public LatencyAverage Latency;

    public EndpointCounters[] PerLoop { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new EndpointCounters())];

    /// <summary>Its share grows from now on; how long it took before says nothing any more. Control plane.</summary>
    public void BeginWarming(long now)
    {
        WarmingSince = now;
        Latency.Forget();
    }

    /// <summary>What a handshake agreed on.</summary>
    public void Learn(bool speaksHttp2)
    {
        if (_speaksHttp2 != speaksHttp2) _speaksHttp2 = speaksHttp2;
    }

    public void BeginAttempt()
    {
        Interlocked.Increment(ref _active);
        cluster.BeginAttempt();
    }

    /// <summary>As <see cref="BeginAttempt"/>, if there are fewer than so many.</summary>
    public bool TryBeginAttempt(int limit)
    {
        if (!Places.TryTake(ref _active, limit)) return false;
        cluster.BeginAttempt();
        return true;
    }

    public void EndAttempt()
    {
        Interlocked.Decrement(ref _active);
        cluster.EndAttempt();
    }

    /// <summary>An attempt goes on at another endpoint of the cluster, which counts it once.</summary>
    public void MoveAttempt(EndpointState to)
    {
        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref to._active);
    }

    /// <summary>An attempt did not fail. While all is well it costs one read.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failuresInARow) != 0) Volatile.Write(ref _failuresInARow, 0);
    }

    /// <summary>An attempt failed by the endpoint's fault, with this status if there was an answer; at so many in a row the detector hears of it.</summary>
    public void Failed(Refusal reason, int status)
    {
        Volatile.Write(ref _lastFault, (int)reason | (status << 8));
        var limit = cluster.Current?.Outliers.Consecutive ?? 0;
        // Again at every multiple: the first time others may have been out.
        if (Interlocked.Increment(ref _failuresInARow) is var count && limit > 0 && count % limit == 0) cluster.Failing?.Invoke(this);
    }

    /// <summary>Another word on its health. Probe, detector and resolver each have a part of it.</summary>
    public void NoteHealth(Func<EndpointHealth, EndpointHealth> change)
    {
        EndpointHealth before;
        do before = Health;
        while (Interlocked.CompareExchange(ref _health, change(before), before) != before);
    }

    public void CountProbe(bool passed) => Interlocked.Increment(ref passed ? ref _probesPassed : ref _probesFailed);

    public void CountEjection() => Interlocked.Increment(ref _ejections);

    /// <summary>Takes the right to open one more connection; false at the endpoint's limit or the cluster's.</summary>
    public bool TryOpen(Cluster current)
    {
        if (TryTakePlace(current)) return true;
        // Who looked just now may have seen a place taken that was given back since.
        cluster.Queue.Serve(cluster);
        return false;
    }

    /// <summary>As <see cref="TryOpen"/>, for who waits.</summary>
    public bool TryTakePlace(Cluster current)
    {
        if (Connections >= current.MaxConnections || cluster.Connections >= current.MaxClusterConnections || !Places.TryTake(ref _connections, current.MaxConnections)) return false;
        if (cluster.TryOpen(current.MaxClusterConnections)) return true;
        Interlocked.Decrement(ref _connections);
        return false;
    }

    /// <summary>A connection was opened that no limit holds for.</summary>
    public void Opened()
    {
        Interlocked.Increment(ref _connections);
        cluster.TryOpen(int.MaxValue);
    }

    public void Closed()
    {
        Interlocked.Decrement(ref _connections);
        cluster.Closed();
    }

    /// <summary>There are no more connections than may be: the place of one that ends may be another's.</summary>
    public bool IsWithinLimits => cluster.Current is not { } current || (Connections <= current.MaxConnections && cluster.Connections <= current.MaxClusterConnections);
}

/// <summary>One loop's counts of an endpoint. LoopState.</summary>
internal sealed class EndpointCounters
{
    public long Attempts;
    public long ConnectFailures;

    /// <summary>Connections tried: each goes to the next of the endpoint's addresses.</summary>
    public long Tried;
    public long Failures;

    /// <summary>Attempts that were over before there was an answer, and not by the endpoint's fault: another one was quicker, or the client left.</summary>
    public long Cancelled;

    /// <summary>Attempts that failed by the endpoint's fault, the answers 502, 503 and 504 among them.</summary>
    public long Faults;

    /// <summary>Answers whose time was taken, and microseconds until their first byte, all together; where latency is compared.</summary>
    public long Timed;
    public double TimeToAnswer;
    public long Opened;
    public long Reused;

    /// <summary>Attempts here that another followed, by <see cref="AttemptFault"/>.</summary>
    public readonly long[] Retried = new long[6];

    /// <summary>Attempts here that another would have followed, by <see cref="RetryStop"/>.</summary>
    public readonly long[] NotRetried = new long[8];

    /// <summary>Attempts made here beside another, and those of them that won.</summary>
    public long Hedges;
    public long HedgesWon;

    /// <summary>Idle connections dropped because bytes came on them, or bytes past a response's end.</summary>
    public long Unsolicited;

    /// <summary>Idle connections that the endpoint closed.</summary>
    public long ClosedWhileIdle;

    /// <summary>For the next handshake.</summary>
    public readonly TlsTicket Ticket = new();
}
