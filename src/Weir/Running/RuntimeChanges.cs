using Microsoft.Extensions.Logging;
using Weir.Config.Records;
using Weir.Logging;
using Weir.Proxy;
using Weir.Proxy.Model;

namespace Weir.Running;

/// <summary>Takes what operators change at run time: into the overlay's file, then into force. One change at a time.</summary>
internal sealed class RuntimeChanges(Gateway gateway, EndpointOverlay overlay, ILogger log, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>All that is changed.</summary>
    public IReadOnlyList<OverlayEndpoint> Endpoints => overlay.Endpoints;

    /// <summary>What an earlier process left; before the first configuration comes into force.</summary>
    public async Task LoadAsync()
    {
        if (overlay.Load() is { } problem) log.OverlayProblem($"{overlay.Path}: {problem}");
        await gateway.OverrideAsync(Overrides());
    }

    /// <summary>
    /// Changes an endpoint in a cluster, or in all that have it. What is changed of those now; none when there is no such endpoint. Throws as
    /// <see cref="EndpointOverlay.Save"/>.
    /// </summary>
    public async Task<IReadOnlyList<OverlayEndpoint>> ChangeAsync(string endpoint, string? cluster, Func<OverlayEndpoint, OverlayEndpoint> change)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            var before = overlay.Endpoints.ToDictionary(static e => (e.Cluster, e.Endpoint));
            var changed = new List<OverlayEndpoint>();
            foreach (var name in Find(endpoint, cluster))
                changed.Add(change(before.GetValueOrDefault(name) ?? new OverlayEndpoint(name.Cluster, name.Endpoint, false, null, default)) with { Since = time.GetUtcNow() });
            if (changed.Count == 0) return [];
            foreach (var entry in changed) before[(entry.Cluster, entry.Endpoint)] = entry;
            overlay.Save([.. before.Values.Where(static e => !e.IsEmpty)]);
            await gateway.OverrideAsync(Overrides());
            foreach (var entry in changed) log.EndpointOverridden(entry.Endpoint, entry.Cluster, entry.IsEmpty ? "as configured again" : entry.Drains ? "drains" : $"weight {entry.Weight}");
            return changed;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private List<EndpointOverride> Overrides() => [.. overlay.Endpoints.Select(static e => new EndpointOverride(e.Cluster, e.Endpoint, e.Drains, e.Weight))];

    // As configured; what is changed of an endpoint that is not configured any more can still be undone.
    private List<(string Cluster, string Endpoint)> Find(string text, string? cluster)
    {
        var there = (gateway.Current?.Clusters.Values ?? []).SelectMany(static c => c.Endpoints.Select(e => (Cluster: c.Name, Endpoint: e.Url)));
        return [.. there.Concat(overlay.Endpoints.Select(static e => (e.Cluster, e.Endpoint))).Distinct()
            .Where(e => (cluster is null || cluster == e.Cluster) && IsMeant(text, e.Endpoint)).OrderBy(static e => e.Cluster, StringComparer.Ordinal)];
    }

    // http://Shop:80 is http://shop; the scheme may be left out.
    private static bool IsMeant(string text, string url)
    {
        if (text == url) return true;
        if (!EndpointAddress.TryParse(url, out var address, out _)) return false;
        if (EndpointAddress.TryParse(text, out var asked, out _)) return asked == address;
        var whole = address.ToString();
        return !address.IsUnix && string.Equals(whole[(whole.IndexOf("://", StringComparison.Ordinal) + 3)..], text, StringComparison.OrdinalIgnoreCase);
    }
}
