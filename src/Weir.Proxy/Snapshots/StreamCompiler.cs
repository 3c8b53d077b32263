using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes a tcp listener's plan from its configuration.</summary>
internal sealed class StreamCompiler(IReadOnlyDictionary<string, Cluster> clusters, StateStore store, IDiagnosticSink problems)
{
    /// <summary>Null for HTTP.</summary>
    public StreamPlan? Compile(string name, ListenerConfig listener)
    {
        if (listener.Protocol != ListenerProtocol.Tcp) return null;
        var matches = listener.Streams.Select((s, i) => Match($"listeners.{name}.streams[{i}]", s)).OfType<StreamMatch>().ToArray();
        return new StreamPlan
        {
            Matches = matches,
            Otherwise = listener.Forward is { } cluster ? Route(cluster) : null,
            IdleTimeout = (int)listener.Timeouts.StreamIdle.TotalMilliseconds,
        };
    }

    private StreamMatch? Match(string place, StreamConfig stream)
    {
        foreach (var (name, i) in stream.Sni.Select(static (n, i) => (n, i)))
        {
            if (!WantedReader.TryParse(name, takesWildcard: true, out _, out var reason))
                problems.Report(new ConfigProblem(ProblemSeverity.Error, $"{place}.sni[{i}]", "bad-host", $"'{name}' is no name that clients ask for: {reason}."));
        }

        foreach (var (protocol, i) in stream.Alpn.Select(static (p, i) => (p, i)))
            if (protocol.Length is 0 or > 255) problems.Report(new ConfigProblem(ProblemSeverity.Error, $"{place}.alpn[{i}]", "bad-protocol", "a protocol has 1 to 255 bytes."));
        return Route(stream.Forward) is { } route
            ? new StreamMatch { Names = [.. stream.Sni.Select(static n => Encoding.UTF8.GetBytes(n.ToLowerInvariant()))], Protocols = [.. stream.Alpn.Select(Encoding.UTF8.GetBytes)], Route = route }
            : null;
    }

    // A cluster that is not there was reported when the file was read.
    private Route? Route(string cluster)
        => clusters.TryGetValue(cluster, out var found)
            ? new Route { Name = "", State = store.Route(""), Chain = Model.PolicyChain.Empty, Forward = new Forward { Cluster = found, Choice = found.State.All, Retry = found.Retry, Host = HostSource.Client, Upgrades = [] } }
            : null;
}
