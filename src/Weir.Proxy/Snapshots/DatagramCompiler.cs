using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes a udp listener's plan from its configuration.</summary>
internal static class DatagramCompiler
{
    /// <summary>Null for connections. A cluster that is not there was reported when the file was read.</summary>
    public static DatagramPlan? Compile(ListenerConfig listener, IReadOnlyDictionary<string, Cluster> clusters)
        => listener.Protocol == ListenerProtocol.Udp && listener.Forward is { } name && clusters.TryGetValue(name, out var cluster)
            ? new DatagramPlan
            {
                Cluster = cluster,
                IdleTimeout = (int)listener.Timeouts.SessionIdle.TotalMilliseconds,
                RequestsPerSession = listener.Limits.RequestsPerSession,
                ResponsesPerRequest = listener.Limits.ResponsesPerRequest,
            }
            : null;
}
