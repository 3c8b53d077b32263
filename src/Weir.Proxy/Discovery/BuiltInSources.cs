using System.Net;
using Weir.Config.Records;
using Weir.Proxy.Discovery.Resolving;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>The kinds of sources that come with Weir, by nothing that others do not have.</summary>
internal static class BuiltInSources
{
    public static IReadOnlyList<EndpointSourceFactory> All { get; } = [new DnsFactory(), new FileFactory(), new ApiFactory()];

    private sealed class DnsFactory : EndpointSourceFactory<DnsDiscoveryConfig>
    {
        public override string Kind => "dns";

        public override EndpointSource Create(DnsDiscoveryConfig config, SourceSetup setup)
        {
            var servers = new List<IPEndPoint>();
            foreach (var text in config.Servers)
                if (NetworkText.TryServer(text, out var server)) servers.Add(server!);
            return new DnsSource(config, new Resolver(servers, config.Timeout, setup.Time), setup.Time);
        }
    }

    private sealed class FileFactory : EndpointSourceFactory<string>
    {
        public override string Kind => "file";

        public override EndpointSource Create(string config, SourceSetup setup) => new FileSource(Path.GetFullPath(config, setup.Folder), setup.Time);
    }

    private sealed class ApiFactory : EndpointSourceFactory<ApiDiscoveryConfig>
    {
        public override string Kind => "api";

        public override EndpointSource Create(ApiDiscoveryConfig config, SourceSetup setup) => new ApiSource(setup.Before);
    }
}
