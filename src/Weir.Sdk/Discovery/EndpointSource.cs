namespace Weir.Sdk.Discovery;

/// <summary>
/// Where a cluster's endpoints come from: DNS, a file, a registry. Its life is that of a policy: settings are read, a factory makes it or says what
/// is wrong, it runs until a configuration no longer has it, and is disposed. A reload that leaves its settings alone leaves it running.
/// It is ordinary code off the event loops and may await what it likes; it should not block.
/// </summary>
public abstract class EndpointSource : IAsyncDisposable
{
    /// <summary>
    /// Looks until it is stopped, and says what it finds. Every list is a whole: who is not in it has left, finishes what it has and gets nothing new. While
    /// nothing is said, the last list holds, so an error is no reason to say an empty one. When this throws or returns, it is called again after a while.
    /// </summary>
    public abstract Task FindAsync(IEndpointFindings findings, CancellationToken stop);

    /// <summary>After the last call of <see cref="FindAsync"/> is over.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>What a source tells. From any thread; neither waits.</summary>
public interface IEndpointFindings
{
    /// <summary>
    /// These are the endpoints now, all of them; also to say that nothing has changed. What cannot be an endpoint of the cluster is left out and reported.
    /// <paramref name="trouble"/>: what operators should see all the same, as when a name is gone and there are none; null for nothing.
    /// </summary>
    void Found(IReadOnlyList<FoundEndpoint> endpoints, string? trouble = null);

    /// <summary>It cannot be known at the moment: the last list holds, and operators see why.</summary>
    void Failed(string reason);
}
