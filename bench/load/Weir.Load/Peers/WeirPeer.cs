using System.Text;

namespace Weir.Load.Peers;

/// <summary>Weir with one loop and one route that takes every request.</summary>
internal sealed class WeirPeer(string name, string binary) : Peer(name, binary)
{
    public override string Setup => "workers: 1, pool of 1100 connections";

    public override bool Reloads => true;

    public override bool HasMetrics => true;

    protected override string VersionArgument => "version";

    public override string? LogFile(PeerSettings settings) => settings.Logs ? Path.Combine(settings.Folder, "access.log") : null;

    public override PeerCommand Configure(PeerSettings settings)
    {
        string log = LogFile(settings) is { } path ? $"{{ format: json, to: \"{path}\" }}" : "off";
        var text = new StringBuilder($$"""
            version: 1
            workers: 1
            listeners:
              web: { address: "127.0.0.1:{{settings.Port}}", timeouts: { keep-alive: 10m }{{(settings.Tls is { } tls ? $", tls: {{ profile: modern, certificates: [{{ cert: \"{tls.Cert}\", key: \"{tls.Key}\" }}] }}" : "")}} }
            clusters:
              origin:
                endpoints: ["http://127.0.0.1:{{settings.OriginPort}}"]
                pool: { connections: 1100, idle: 1100, idle-timeout: 10m }
              grpc: { protocol: http2, endpoints: ["http://127.0.0.1:{{settings.OriginHttp2Port}}"], pool: { idle-timeout: 10m } }
            telemetry: { access-log: {{log}}, metrics: {{(settings.Logs ? "true" : "false")}} }
            control: { socket: off }
            routes:
              all: { match: { path: "/**" }, forward: origin }
              grpc: { match: { path: "{{Origin.GrpcPath}}" }, forward: grpc }

            """);
        if (settings.UdpOriginPort > 0)
        {
            text.Replace("clusters:\n", $"  dns: {{ address: \"127.0.0.1:{settings.Port}\", protocol: udp, forward: udp }}\nclusters:\n"
                + $"  udp: {{ endpoints: [\"udp://127.0.0.1:{settings.UdpOriginPort}\"] }}\n");
        }

        if (settings.MetricsPort > 0)
            text.Insert(0, $"admin: {{ address: \"127.0.0.1:{settings.MetricsPort}\" }}\n");
        if (settings.Marker is not null)
            text.Append($"  marker: {{ match: {{ path: \"{PeerSettings.MarkerPath}\" }}, respond: {{ status: 200, body: \"{settings.Marker}\" }} }}\n");
        for (int i = 0; i < settings.Routes; i++)
            text.Append($"  r{i:00000}: {{ match: {{ path: \"{RouteTable.Prefix(i)}**\" }}, forward: origin }}\n");

        string file = Path.Combine(settings.Folder, "weir.yaml");
        File.WriteAllText(file, settings.Stream ? Stream(settings) : text.ToString());
        return new PeerCommand([Binary, "run", "-c", file], Native.SigInt);
    }

    private static string Stream(PeerSettings settings) => $$"""
        version: 1
        workers: 1
        listeners: { web: { address: "127.0.0.1:{{settings.Port}}", protocol: tcp, forward: origin } }
        clusters: { origin: { endpoints: ["tcp://127.0.0.1:{{settings.OriginPort}}"], pool: { connections: 1100 } } }
        telemetry: { access-log: off, metrics: false }
        control: { socket: off }

        """;
}
