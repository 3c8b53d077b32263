namespace Weir.Proxy.Health;

/// <summary>What a probe asks of an endpoint, again and again.</summary>
internal interface IQuestion : IDisposable
{
    /// <summary>Why the endpoint does not serve; null when it does. What goes wrong on the way is thrown: <see cref="ProbeFailure"/> has words for it.</summary>
    Task<string?> AskAsync(CancellationToken cancel);
}
