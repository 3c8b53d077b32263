using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>Endpoints that the control API sets.</summary>
internal sealed class ApiSource(IReadOnlyList<FoundEndpoint> before) : EndpointSource
{
    private IEndpointFindings? _findings;

    public override async Task FindAsync(IEndpointFindings findings, CancellationToken stop)
    {
        Volatile.Write(ref _findings, findings);
        findings.Found(before);
        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
    }

    public void Set(IReadOnlyList<FoundEndpoint> endpoints) => Volatile.Read(ref _findings)?.Found(endpoints);
}
