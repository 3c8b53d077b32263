namespace Weir.Config.Records;

/// <summary>
/// Copies of a forward's requests go to another cluster too. Nobody waits for them: what they are answered is read, compared where that is
/// wanted, and thrown away.
/// </summary>
[Shorthand(nameof(Cluster))]
public sealed record MirrorConfig
{
    /// <summary>The cluster that gets the copies.</summary>
    [Required]
    public string Cluster { get; init; } = "";

    /// <summary>Labels that an endpoint must have to be chosen. Default: any endpoint.</summary>
    public IReadOnlyDictionary<string, string> Subset { get; init; } = Map<string>.Empty;

    /// <summary>The Host that the copies have: <c>client</c> (default) for what the client sent, <c>endpoint</c> for the endpoint's own, or a literal host.</summary>
    public string Host { get; init; } = "client";

    /// <summary>The part of the requests, 0 to 100%, by lot; such as 0.5% too. Default 100%.</summary>
    [Bounds(0, 100)]
    public Percent Share { get; init; } = new(100);

    /// <summary>An expression: only requests for which it is true, after the request policies. Default: all.</summary>
    public string? When { get; init; }

    /// <summary>Compare what the copy is answered with what the client's request is answered, count differences, and log some. Default: the answer is thrown away.</summary>
    public MirrorCompareConfig? Compare { get; init; }

    /// <summary>How far a copy may be behind the request's body; a copy that is further behind is cut. Default 1MiB.</summary>
    [Bounds(1024, 64 * 1024 * 1024)]
    public ByteSize Window { get; init; } = ByteSize.MiB(1);

    /// <summary>Bytes of an answer's body that are read; what is larger is cut. Default 10MiB, 0 for no bound.</summary>
    public ByteSize Response { get; init; } = ByteSize.MiB(10);

    /// <summary>How long a copy may take once it has all of the request. Default 10s.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Copies of the route that may be under way at once; further requests are not copied. Default 64.</summary>
    [Bounds(1, 100_000)]
    public int Concurrency { get; init; } = 64;

    /// <summary>As a forward of its own, which is what it is to its cluster.</summary>
    public ForwardConfig ToForward() => new() { Cluster = Cluster, Subset = Subset, Host = Host, Upgrade = [] };
}

/// <summary>What is compared of two answers. <c>{}</c> for status and body.</summary>
public sealed record MirrorCompareConfig
{
    /// <summary>The status. Default true.</summary>
    public bool Status { get; init; } = true;

    /// <summary>Fields of the head or the trailers, by name, that must have the same values. Default none.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>The body, by a digest of its bytes. Default true.</summary>
    public bool Body { get; init; } = true;
}
