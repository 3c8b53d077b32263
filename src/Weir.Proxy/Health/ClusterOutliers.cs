using System.Globalization;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>Who of a cluster is ejected, since when, and for how long. Times in milliseconds. Control plane; its owner's lock.</summary>
internal sealed class ClusterOutliers(Cluster cluster, long now)
{
    private readonly Dictionary<EndpointState, Ejection> _ejections = [];
    private Dictionary<EndpointState, EndpointRecord> _before = Records(cluster);
    private Cluster _cluster = cluster;
    private long _comparedAt = now;

    private OutlierPlan Plan => _cluster.Outliers;

    /// <summary>Another configuration is in force. Those it does not eject come back.</summary>
    public void Follow(Cluster cluster)
    {
        _cluster = cluster;
        var present = cluster.Endpoints.Select(static e => e.State).ToHashSet();
        foreach (var endpoint in _ejections.Keys.Where(e => !present.Contains(e) || !cluster.Outliers.IsOn).ToList())
        {
            Release(endpoint);
            _ejections.Remove(endpoint);
        }
    }

    /// <summary>An endpoint failed too often in a row.</summary>
    public HealthChange? Failing(EndpointState endpoint, long now, DateTimeOffset time)
    {
        var failures = endpoint.FailuresInARow;
        if (Plan.Consecutive == 0 || failures < Plan.Consecutive) return null;
        return TryEject(endpoint, $"{failures.ToString(CultureInfo.InvariantCulture)} failures in a row", now, time);
    }

    /// <summary>Those whose time is over come back; at the end of an interval endpoints are compared.</summary>
    public List<HealthChange> Step(long now, DateTimeOffset time)
    {
        var changes = new List<HealthChange>();
        foreach (var (endpoint, ejection) in _ejections)
        {
            if (!endpoint.Ejected || now < ejection.Until) continue;
            Release(endpoint);
            ejection.IsRecent = true;
            changes.Add(new HealthChange(endpoint.Cluster, endpoint.Url, HealthEvent.Returned, "its ejection is over"));
        }

        if (now - _comparedAt < Plan.Interval) return changes;
        _comparedAt = now;
        if (Plan.Compares) Compare(changes, now, time);
        else _before.Clear();
        if (_ejections.Count > 0) Forgive();
        return changes;
    }

    private void Compare(List<HealthChange> changes, long now, DateTimeOffset time)
    {
        var sums = Records(_cluster);
        // What is out has nothing to be compared by, nor has who has just come or come back: what it did before says nothing.
        var compared = sums.Keys.Where(s => s.IsSound && _before.ContainsKey(s)).ToList();
        var records = compared.Select(s => sums[s].Since(_before[s])).ToList();
        _before = sums;
        foreach (var (position, reason) in OutlierComparison.Find(records, Plan))
            if (TryEject(compared[position], reason, now, time) is { } change) changes.Add(change);
    }

    private HealthChange? TryEject(EndpointState endpoint, string reason, long now, DateTimeOffset time)
    {
        if (!endpoint.IsSound || !MayEject()) return null;
        if (!_ejections.TryGetValue(endpoint, out var ejection)) _ejections[endpoint] = ejection = new Ejection();
        ejection.Times++;
        ejection.IsRecent = true;
        var length = Math.Min(Plan.Ejection * ejection.Times, Math.Max(Plan.Ejection, Plan.MaxEjection));
        ejection.Until = now + length;
        endpoint.Ejected = true;
        endpoint.CountEjection();
        endpoint.Health = endpoint.Health with { EjectedFor = reason, EjectedUntil = time.AddMilliseconds(length) };
        return new HealthChange(endpoint.Cluster, endpoint.Url, HealthEvent.Ejected, $"{reason}; for {(length / 1000.0).ToString("0.#", CultureInfo.InvariantCulture)} s");
    }

    private static Dictionary<EndpointState, EndpointRecord> Records(Cluster cluster) => cluster.Endpoints.Select(static e => e.State).Distinct().ToDictionary(static s => s, EndpointRecord.Of);

    private bool MayEject()
    {
        var serving = _cluster.Endpoints.Where(static e => e.Weight > 0 && !e.State.Draining).Select(static e => e.State).ToList();
        return (serving.Count(static s => !s.IsSound) + 1) * 100 <= Plan.MaxEjected * serving.Count;
    }

    // An interval without an ejection takes one off.
    private void Forgive()
    {
        foreach (var (endpoint, ejection) in _ejections.ToList())
        {
            if (!ejection.IsRecent && !endpoint.Ejected && --ejection.Times == 0) _ejections.Remove(endpoint);
            ejection.IsRecent = false;
        }
    }

    private static void Release(EndpointState endpoint)
    {
        endpoint.Succeeded();
        endpoint.Ejected = false;
        endpoint.Health = endpoint.Health with { EjectedFor = null, EjectedUntil = null };
    }

    private sealed class Ejection
    {
        /// <summary>How often lately: so many times the first one's length it lasts.</summary>
        public int Times { get; set; }

        public long Until { get; set; }

        public bool IsRecent { get; set; }
    }
}
