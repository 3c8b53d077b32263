using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Snapshots;

/// <summary>What forwards to a cluster, and so what its endpoints can be.</summary>
internal enum ClusterUse : byte { Http, Stream, Datagram }

/// <summary>Makes endpoints of one cluster, the configured ones and those found while its configuration is in force. Control plane.</summary>
internal sealed class EndpointCompiler(ClusterState state, ClusterUse use, UpstreamProtocol protocol, ProxyProtocol introduces, UpstreamTlsCompiler tls, StateStore store)
{
    private const int HeaviestWeight = 1000;
    private const int LastPriority = 15;

    public Endpoint Of(EndpointConfig listed) => Make(listed.ToFound(), tls.For(state, listed.Url), isFound: false);

    /// <summary>Null with why it cannot be an endpoint of this cluster.</summary>
    public Endpoint? Of(FoundEndpoint found, out string reason)
    {
        if (!Fits(found, out reason)) return null;
        var secured = tls.For(state, found.Url, found.Name);
        if (secured is not null || !EndpointAddress.TryParse(found.Url, out var address, out _) || !address.IsSecure) return Make(found, secured, isFound: true);
        reason = $"'{found.Url}': there is no TLS to it";
        return null;
    }

    public bool Fits(FoundEndpoint found, out string reason)
    {
        if (!EndpointAddress.TryParse(found.Url, out var address, out var why)) reason = $"'{found.Url}': {why}";
        else if (found.Name is { } name && !IsHost(name)) reason = $"'{found.Url}': its name is not that of a host";
        else if (found.Weight is < 0 or > HeaviestWeight) reason = $"'{found.Url}': a weight is from 0 to {HeaviestWeight}";
        else if (found.Priority is < 0 or > LastPriority) reason = $"'{found.Url}': a priority is from 0 to {LastPriority}";
        else if (use == ClusterUse.Http && !address.IsHttp) reason = $"'{found.Url}': routes forward HTTP";
        else if (use == ClusterUse.Stream && !address.IsStream && !address.IsUnix) reason = $"'{found.Url}': a tcp listener forwards to the cluster";
        else if (use == ClusterUse.Datagram && !address.IsDatagram) reason = $"'{found.Url}': a udp listener forwards to the cluster";
        else reason = "";
        return reason.Length == 0;
    }

    private Endpoint Make(FoundEndpoint what, UpstreamTls? secured, bool isFound) => new()
    {
        Url = what.Url,
        Authority = Authority(what.Url, what.Name),
        OwnWeight = what.Weight,
        Priority = what.Priority,
        Zone = what.Zone,
        Labels = what.Labels,
        Hash = KeyHash.OfEndpoint(what.Url),
        State = store.Endpoint(state, what.Url, secured, protocol, introduces),
        Found = isFound ? what : null,
    };

    // It goes into requests as it is.
    private static bool IsHost(string name) => Http.Targets.HostText.TrySplit(Encoding.UTF8.GetBytes(name), out var parts) && parts.Port < 0;

    private static byte[] Authority(string url, string? name)
    {
        if (!EndpointAddress.TryParse(url, out var address, out _) || address.IsUnix) return Encoding.ASCII.GetBytes(name ?? "localhost");
        var host = name ?? (address.Host.Contains(':') ? $"[{address.Host}]" : address.Host);
        return Encoding.ASCII.GetBytes(address.Port == (address.IsSecure ? 443 : 80) ? host : $"{host}:{address.Port}");
    }
}
