namespace Weir.Config.Records;

/// <summary>
/// What is tried again, on another endpoint first, and never once a byte of a response went to the client. What provably reached no endpoint
/// may be tried again whatever it is; everything else only for the methods listed.
/// </summary>
[Shorthand(nameof(Attempts))]
public sealed record RetryConfig
{
    /// <summary>Attempts in all, the first included. Default 3. 1 for no retry.</summary>
    [Bounds(1, 10)]
    public int Attempts { get; init; } = 3;

    /// <summary>
    /// After what: <c>connect-failure</c> (no connection, or of no use before a byte was sent), <c>refused-stream</c> (HTTP/2: the endpoint did not look at it),
    /// <c>reset</c> (the connection ended before a response began), <c>timeout</c> (no response in time), statuses from 400 to 599, <c>gateway-error</c> (502, 503, 504), <c>5xx</c>.
    /// Default connect-failure, refused-stream, reset. An empty list for nothing.
    /// </summary>
    [OneOrMany]
    public IReadOnlyList<string> On { get; init; } = ["connect-failure", "refused-stream", "reset"];

    /// <summary>Methods that may be sent again when an endpoint may have acted on them. Default the idempotent ones: GET, HEAD, OPTIONS, TRACE, PUT, DELETE.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Methods { get; init; } = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

    /// <summary>Of one attempt: connecting, and the response's head from when the request was sent. Default 0: the cluster's <c>connect-timeout</c> and the route's <c>first-byte</c> alone.</summary>
    [Bounds(0, 3_600_000)]
    public TimeSpan PerTryTimeout { get; init; }

    /// <summary>The wait before another attempt; the first one on another endpoint does not wait.</summary>
    public BackoffConfig Backoff { get; init; } = new();

    /// <summary>How many of the cluster's requests may be sent again, in all of the process.</summary>
    public RetryBudgetConfig Budget { get; init; } = new();

    /// <summary>Bytes of a request's body that are kept to be sent again. Default 64KiB. A longer one is not sent again once it was begun. 0 keeps none.</summary>
    [Bounds(0, 1_048_576)]
    public ByteSize Buffer { get; init; } = ByteSize.KiB(64);

    /// <summary>A <c>Retry-After</c> of a response that is to be retried is waited for if it is no longer than this. Default 1s. A longer one: the response goes to the client.</summary>
    [Bounds(0, 3_600_000)]
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A second attempt beside the first, for requests of <c>methods</c> without a body. The first response that is not retried wins. Default none.</summary>
    public HedgeConfig? Hedge { get; init; }
}

/// <summary>When a second attempt is made beside one that takes long, at another endpoint. At least one of the two.</summary>
[Shorthand(nameof(After))]
public sealed record HedgeConfig
{
    /// <summary>After so long. With <c>percentile</c>: until that is known, and never sooner.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan? After { get; init; }

    /// <summary>After as long as so many of a hundred responses of the cluster lately took: 95.</summary>
    [Bounds(50, 99)]
    public int? Percentile { get; init; }
}

/// <summary>Waits between attempts: at random between nothing and <c>base</c>, doubled with each, up to <c>max</c>.</summary>
[Shorthand(nameof(Base))]
public sealed record BackoffConfig
{
    /// <summary>The longest first wait. Default 25ms. 0 for no waits.</summary>
    [Bounds(0, 60_000)]
    public TimeSpan Base { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>The longest wait of all. Default 250ms.</summary>
    [Bounds(0, 60_000)]
    public TimeSpan Max { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>A bound on retries, so that a cluster that fails is not asked several times as much.</summary>
[Shorthand(nameof(Percent))]
public sealed record RetryBudgetConfig
{
    /// <summary>Attempts that are retries or hedges, of the requests of the last ten seconds. Default 20%.</summary>
    [Bounds(0, 1000)]
    public Percent Percent { get; init; } = new(20);

    /// <summary>So many in ten seconds are let through whatever the share. Default 100.</summary>
    [Bounds(0, 1_000_000)]
    public int Floor { get; init; } = 100;
}
