using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>Endpoints that the control API sets.</summary>
internal sealed class ApiSource(IReadOnlyList<FoundEndpoint> before) : EndpointSource
{
    private readonly Lock _lock = new();
    private IReadOnlyList<FoundEndpoint> _endpoints = before;
    private IEndpointFindings? _findings;

    public override async Task FindAsync(IEndpointFindings findings, CancellationToken stop)
    {
        lock (_lock)
        {
            _findings = findings;
            findings.Found(_endpoints);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
    }

    /// <summary>Also before it is asked for them.</summary>
    public void Set(IReadOnlyList<FoundEndpoint> endpoints)
    {
        lock (_lock)
        {
            _endpoints = endpoints;
            _findings?.Found(endpoints);
        }
    }
}
