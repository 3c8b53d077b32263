using Weir.Http;
using Weir.Http.Http1;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Mirroring;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;
using Weir.Proxy.Wire.Http2;
using Weir.Reactor;

namespace Weir.Proxy;

/// <summary>
/// What the data plane keeps beside each loop: pooled exchanges, idle upstream connections, counters, the ring of log records. LoopState.
/// </summary>
internal sealed class ProxyLoop
{
    private const int MaxPooledExchanges = 4096;

    private readonly Stack<Exchange> _exchanges = new();
    private readonly Stack<Http2Downstream> _streams = new();
    private readonly Stack<GrpcWebDownstream> _translators = new();
    private readonly Stack<Race> _races = new();
    private long _date;
    private long _utcOfLoop;
    private uint _slowSteps;

    public ProxyLoop(Loop loop, LogRing log)
    {
        Loop = loop;
        Log = log;
        Date = new DateCache(loop.Time.GetUtcNow());
        RequestIds = new RequestIdSource();
        Pools = new UpstreamPools(this);
        Waiters = new WaiterPool(loop);
        CertificateWaits = new CertificateWaits(Waiters);
        Mirrors = new MirrorPairs(this);
    }

    public Loop Loop { get; }

    public int Index => Loop.Index;

    /// <summary>All loops of the process, this one among them; to be posted to, never touched.</summary>
    public IReadOnlyList<ProxyLoop> All { get; set; } = [];

    /// <summary>The configuration in force, as of the last publication that reached this loop.</summary>
    public Snapshot Snapshot { get; set; } = null!;

    public UpstreamPools Pools { get; }

    public WaiterPool Waiters { get; }

    /// <summary>What request bodies that may be sent again take.</summary>
    public BodyMemory Replays { get; } = new();

    /// <summary>Copies of requests that are under way.</summary>
    public MirrorPairs Mirrors { get; }

    /// <summary>Of the process.</summary>
    public required HttpChallenges Challenges { get; init; }

    public CertificateWaits CertificateWaits { get; }

    public DateCache Date { get; }

    public RequestIdSource RequestIds { get; }

    /// <summary>Unix time in milliseconds, as of the present turn.</summary>
    public long UtcMilliseconds => _utcOfLoop + Loop.Now;

    public LogRing Log { get; }

    /// <summary>Records are written to the ring.</summary>
    public bool LogsExchanges { get; set; }

    /// <summary>A stop was asked for: replies say close, idle connections end.</summary>
    public bool Draining { get; set; }

    /// <summary>By <see cref="Refusal"/>.</summary>
    public long[] Refusals { get; } = new long[256];

    /// <summary>Connections of clients that were ever served here; each is known by its number.</summary>
    public long ClientConnections { get; set; }

    /// <summary>TLS handshakes under way.</summary>
    public int Handshakes { get; set; }

    /// <summary>TLS handshakes that were made.</summary>
    public long HandshakesDone { get; set; }

    /// <summary>Of those, the ones that resumed a session.</summary>
    public long HandshakesResumed { get; set; }

    /// <summary>Exchanges in flight.</summary>
    public int Active { get; private set; }

    /// <summary>Exceptions that reached the top of an exchange: bugs.</summary>
    public long Faults { get; set; }

    /// <summary>An exception reached the top of an exchange or of a policy. Called on the loop; must not block.</summary>
    public Action<ProxyLoop, Exception, string> OnFault { get; set; } = static (_, _, _) => { };

    /// <summary>A client's answer and that of its copy differ, told once in a while. Called on the loop; must not block.</summary>
    public Action<MirrorDifference> OnMirrorDifference { get; set; } = static _ => { };

    /// <summary>The policy that ran last, for the report of a slow turn.</summary>
    public string LastPolicy { get; set; } = "";

    /// <summary>The present turn comes to a step.</summary>
    public void Mark(TurnSteps step) => Loop.Marks |= (uint)step;

    /// <summary>This slow turn came to a step that no slow one did before: as a rule its code was loaded in it. True once a step.</summary>
    public bool IsFirst(uint marks)
    {
        var isNew = (marks & ~_slowSteps) != 0;
        _slowSteps |= marks;
        return isNew;
    }

    /// <summary>The steps of a turn for people: <c>match, policies (last audit)</c>.</summary>
    public string StepsOf(uint marks)
    {
        var steps = ((TurnSteps)marks).ToString().ToLowerInvariant();
        return ((TurnSteps)marks).HasFlag(TurnSteps.Policies) ? steps.Replace("policies", $"policies (last: {LastPolicy})", StringComparison.Ordinal) : steps;
    }

    public void ReportFault(Exception fault, string where)
    {
        Faults++;
        OnFault(this, fault, where);
    }

    /// <summary>Runs something on the loop and waits for it, without holding a thread. From any thread but the loop's.</summary>
    public Task RunAsync(Action<ProxyLoop> action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(
            static state =>
            {
                var (loop, action, done) = ((ProxyLoop, Action<ProxyLoop>, TaskCompletionSource))state!;
                try
                {
                    action(loop);
                    done.SetResult();
                }
                catch (Exception fault)
                {
                    done.SetException(fault);
                }
            },
            (this, action, done));
        return done.Task;
    }

    public Exchange RentExchange()
    {
        RefreshDate();
        Active++;
        return _exchanges.TryPop(out var exchange) ? exchange : new Exchange(this);
    }

    public void ReturnExchange(Exchange exchange)
    {
        Active--;
        if (_exchanges.Count < MaxPooledExchanges) _exchanges.Push(exchange);
        else exchange.Dispose();
    }

    public Race RentRace() => _races.TryPop(out var race) ? race : new Race(this);

    public void ReturnRace(Race race)
    {
        if (_races.Count < MaxPooledExchanges) _races.Push(race);
    }

    public Http2Downstream RentStream() => _streams.TryPop(out var stream) ? stream : new Http2Downstream(Loop, Date);

    public void ReturnStream(Http2Downstream stream)
    {
        if (_streams.Count < MaxPooledExchanges) _streams.Push(stream);
    }

    public GrpcWebDownstream RentGrpcWeb() => _translators.TryPop(out var translator) ? translator : new GrpcWebDownstream(Loop.Buffers);

    public void ReturnGrpcWeb(GrpcWebDownstream translator)
    {
        translator.Forget();
        if (_translators.Count < MaxPooledExchanges) _translators.Push(translator);
    }

    /// <summary>A client's connection ended: what was opened for it alone goes too.</summary>
    public void ClientLeft(long connection) => Pools.CloseOf(connection);

    private void RefreshDate()
    {
        // The loop's own clock tells when a second may have passed; the calendar is asked only then.
        if (Loop.Now < _date) return;
        var now = Loop.Time.GetUtcNow();
        Date.Refresh(now);
        _date = Loop.Now + (1000 - now.Millisecond);
        _utcOfLoop = now.ToUnixTimeMilliseconds() - Loop.Now;
    }
}
