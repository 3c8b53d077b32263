using System.Globalization;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>Who of a cluster is ejected, since when, and for how long; and who would be but may not be. Times in milliseconds. Control plane; its owner's lock.</summary>
internal sealed class ClusterOutliers(Cluster cluster, long now)
{
    // Milliseconds without a report, and it fails no more: who fails now and then is not told of again and again.
    private const long Quiet = 1000;

    private readonly Dictionary<EndpointState, Ejection> _ejections = [];
    private readonly Dictionary<EndpointState, Failing> _failing = [];
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

        foreach (var endpoint in _failing.Keys.Where(e => !present.Contains(e) || !cluster.Outliers.IsOn).ToList()) Forget(endpoint);
    }

    /// <summary>An endpoint failed too often in a row.</summary>
    public HealthChange? Judge(EndpointState endpoint, long now, DateTimeOffset time)
    {
        var failures = endpoint.FailuresInARow;
        if (Plan.Consecutive == 0 || failures < Plan.Consecutive) return null;
        return TryEject(endpoint, InARow(failures, endpoint.LastFault), isInARow: true, now, time);
    }

    /// <summary>Those whose time is over come back, those that fail no more are told of; at the end of an interval endpoints are compared.</summary>
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

        if (now - _comparedAt >= Plan.Interval)
        {
            _comparedAt = now;
            if (Plan.Compares) Compare(changes, now, time);
            else _before.Clear();
            if (_ejections.Count > 0) Forgive();
        }

        foreach (var (endpoint, failing) in _failing.ToList())
        {
            var failures = failing.IsInARow ? endpoint.FailuresInARow : 0;
            if (failures > 0) endpoint.NoteHealth(h => h with { FailingFor = Unejected(InARow(failures, endpoint.LastFault), failing.Obstacle) });
            if (failures > 0 || (failing.IsInARow ? now - failing.SeenAt < Quiet : failing.SeenAt >= _comparedAt)) continue;
            Forget(endpoint);
            changes.Add(new HealthChange(endpoint.Cluster, endpoint.Url, HealthEvent.Recovered, failing.IsInARow ? "it answers" : "it does as the others do"));
        }

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
            if (TryEject(compared[position], reason, isInARow: false, now, time) is { } change) changes.Add(change);
    }

    private HealthChange? TryEject(EndpointState endpoint, string reason, bool isInARow, long now, DateTimeOffset time)
    {
        if (!endpoint.IsSound) return null;
        if (Obstacle(endpoint) is { } obstacle) return Note(endpoint, Unejected(reason, obstacle), new Failing(isInARow, now, obstacle));
        _failing.Remove(endpoint);
        if (!_ejections.TryGetValue(endpoint, out var ejection)) _ejections[endpoint] = ejection = new Ejection();
        ejection.Times++;
        ejection.IsRecent = true;
        var length = Math.Min(Plan.Ejection * ejection.Times, Math.Max(Plan.Ejection, Plan.MaxEjection));
        ejection.Until = now + length;
        endpoint.Ejected = true;
        endpoint.CountEjection();
        endpoint.NoteHealth(h => h with { EjectedFor = reason, EjectedUntil = time.AddMilliseconds(length), FailingFor = null });
        return new HealthChange(endpoint.Cluster, endpoint.Url, HealthEvent.Ejected, $"{reason}; for {(length / 1000.0).ToString("0.#", CultureInfo.InvariantCulture)} s");
    }

    private static Dictionary<EndpointState, EndpointRecord> Records(Cluster cluster) => cluster.Endpoints.Select(static e => e.State).Distinct().ToDictionary(static s => s, EndpointRecord.Of);

    // Why one more may not be ejected.
    private string? Obstacle(EndpointState endpoint)
    {
        var serving = _cluster.Endpoints.Where(static e => e.Weight > 0 && !e.State.Draining).Select(static e => e.State).ToList();
        if ((serving.Count(static s => !s.IsSound) + 1) * 100 <= Plan.MaxEjected * serving.Count) return null;
        return serving.Count == 1 && serving[0] == endpoint ? "it is the only one" : string.Create(CultureInfo.InvariantCulture, $"max-ejected {Plan.MaxEjected}%");
    }

    // It is told of once; what is shown of it stays up to date.
    private HealthChange? Note(EndpointState endpoint, string reason, Failing failing)
    {
        var isNew = !_failing.TryGetValue(endpoint, out var before);
        if (before is { IsInARow: true } && !failing.IsInARow) return null;
        _failing[endpoint] = failing;
        endpoint.NoteHealth(h => h with { FailingFor = reason });
        return isNew ? new HealthChange(endpoint.Cluster, endpoint.Url, HealthEvent.Failing, reason) : null;
    }

    private static string InARow(int failures, EndpointFault last) => string.Create(CultureInfo.InvariantCulture, $"{failures} failures in a row, the last: {last.Text}");

    private static string Unejected(string reason, string obstacle) => $"{reason}; not ejected: {obstacle}";

    private void Forget(EndpointState endpoint)
    {
        _failing.Remove(endpoint);
        endpoint.NoteHealth(static h => h with { FailingFor = null });
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
        endpoint.NoteHealth(static h => h with { EjectedFor = null, EjectedUntil = null });
    }

    // By failures in a row, or by comparison; when that was seen last; why it is not ejected.
    private sealed record Failing(bool IsInARow, long SeenAt, string Obstacle);

    private sealed class Ejection
    {
        /// <summary>How often lately: so many times the first one's length it lasts.</summary>
        public int Times { get; set; }

        public long Until { get; set; }

        public bool IsRecent { get; set; }
    }
}
