using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>Whether endpoints serve: what they say of themselves (probes) and what comes of what they are sent (outlier detection). Control plane.</summary>
internal sealed class EndpointWatch(TimeProvider time, SetKeeper sets, Action<HealthChange> onChange, Action<Exception> onFault) : IAsyncDisposable
{
    private readonly OutlierDetector _outliers = new(time, sets, onChange, onFault);

    public Prober Probes { get; } = new(time, sets, onChange, onFault);

    /// <summary>A configuration comes into force; its sets are made after it.</summary>
    public void Publish(Snapshot snapshot)
    {
        Probes.Publish(snapshot);
        _outliers.Publish(snapshot);
    }

    public async ValueTask DisposeAsync()
    {
        await Probes.DisposeAsync();
        await _outliers.DisposeAsync();
    }
}
