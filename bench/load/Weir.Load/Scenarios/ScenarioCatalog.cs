using Weir.Load.Loads;
using Weir.Load.Peers;

namespace Weir.Load.Scenarios;

/// <summary>Every scenario, in the order in which they run.</summary>
internal static class ScenarioCatalog
{
    private static readonly string[] TlsBodyPeers = [PeerCatalog.NginxBodies, PeerCatalog.Haproxy];
    private static readonly string[] BodyPeers = [PeerCatalog.NginxBodies, PeerCatalog.Haproxy, PeerCatalog.HaproxySplice];

    private static readonly string[] StreamPeers = [PeerCatalog.Haproxy, PeerCatalog.HaproxySplice];

    public static readonly IReadOnlyList<Scenario> All =
    [
        new StartScenario(),
        new SystemCallScenario(),
        new CpuScenario("small-64", "Small JSON, keep-alive, 64 connections", rig => Wrk(rig, 64, Origin.SmallPath), Origin.SmallPath) { Limit = 0.95, Aim = 0.88 },
        new CpuScenario("small-1000", "Small JSON, keep-alive, 1,000 connections", rig => Wrk(rig, 1000, Origin.SmallPath), Origin.SmallPath) { Limit = 0.95, Aim = 0.85 },
        new CpuScenario("new-connection", "Small JSON, a new connection for each request", rig => Wrk(rig, 64, Origin.SmallPath) with { Close = true }, Origin.SmallPath)
        {
            Limit = 1.0,
            Aim = 0.9,
        },
        new CpuScenario("body-64k", "Bodies of 64 KiB, keep-alive, 64 connections", rig => Wrk(rig, 64, Origin.Body64KPath), Origin.Body64KPath)
        {
            Peers = BodyPeers,
            Rivals = BodyPeers,
            Limit = 1.0,
            Aim = 0.9,
        },
        new CpuScenario("body-1m", "Bodies of 1 MiB, keep-alive, 64 connections", rig => Wrk(rig, 64, Origin.Body1MPath), Origin.Body1MPath)
        {
            Peers = BodyPeers,
            Rivals = BodyPeers,
            Limit = 1.0,
            Aim = 0.9,
        },
        new CpuScenario("fixed-rate", "Small JSON at a fixed rate", rig => new RateLoad(rig.Options.Rate, 64, Origin.SmallPath), Origin.SmallPath),
        new CpuScenario("small-64-logs", "Small JSON, 64 connections, access log and metrics on everywhere", rig => Wrk(rig, 64, Origin.SmallPath), Origin.SmallPath)
        {
            Logs = true,
        },
        new CpuScenario("tls-small-64", "TLS 1.3, small JSON, keep-alive, 64 connections", rig => Wrk(rig, 64, Origin.SmallPath) with { Secure = true }, Origin.SmallPath)
        {
            Tls = true,
            Limit = 0.92,
            Aim = 0.85,
        },
        new CpuScenario("tls-body-64k", "TLS 1.3, bodies of 64 KiB, keep-alive, 64 connections", rig => Wrk(rig, 64, Origin.Body64KPath) with { Secure = true }, Origin.Body64KPath)
        {
            Tls = true,
            Peers = TlsBodyPeers,
            Rivals = TlsBodyPeers,
            Limit = 1.0,
            Aim = 0.9,
        },
        new CpuScenario("tls-handshake", "TLS 1.3, a full handshake for each request", rig => Wrk(rig, 64, Origin.SmallPath) with { Secure = true, Close = true }, Origin.SmallPath)
        {
            Tls = true,
            Limit = 1.0,
        },
        new CpuScenario("tls-resumed", "TLS 1.3, a resumed handshake for each request", _ => new HandshakeLoad(8, Origin.SmallPath), Origin.SmallPath)
        {
            Tls = true,
            Limit = 1.0,
        },
        new CpuScenario("h2-small", "HTTP/2 over TLS 1.3, small JSON, 16 connections × 32 streams", rig => new H2Load(rig.Options.LoadCpu, 16, 32, Origin.SmallPath), Origin.SmallPath)
        {
            Tls = true,
            Http2 = true,
            Limit = 0.95,
            Aim = 0.85,
        },
        new CpuScenario("h2-upload", "HTTP/2 over TLS 1.3, bodies of 64 KiB posted to an origin of HTTP/1.1, 16 connections × 4 streams", Upload, Origin.UploadPath)
        {
            Tls = true,
            Http2 = true,
            Peers = TlsBodyPeers,
            Rivals = TlsBodyPeers,
        },
        new CpuScenario("grpc-unary", "gRPC over TLS 1.3 to an origin of HTTP/2, small messages, 16 connections × 32 streams", Grpc, Origin.SmallPath)
        {
            Tls = true,
            Http2 = true,
            Peers = [PeerCatalog.Nginx],
            Limit = 0.90,
        },
        new CpuScenario("tcp-1m", "TCP passed on, 1 MiB for each request, 64 connections", rig => Wrk(rig, 64, Origin.Body1MPath), Origin.Body1MPath)
        {
            Stream = true,
            Peers = StreamPeers,
            Rivals = StreamPeers,
            Limit = 1.0,
        },
        new CpuScenario("tcp-small", "TCP passed on, small requests, 64 connections", rig => Wrk(rig, 64, Origin.SmallPath), Origin.SmallPath)
        {
            Stream = true,
            Peers = StreamPeers,
            Rivals = StreamPeers,
        },
        new CpuScenario("udp-small", "UDP passed on, datagrams of 100 bytes there and back, 64 clients", _ => new UdpLoad(64, 100), Origin.SmallPath)
        {
            Datagrams = true,
            Peers = [PeerCatalog.Nginx],
        },
        new FloodScenario(),
        new RouteTableScenario(),
        new ReloadScenario(),
        new MemoryScenario(),
        new TlsMemoryScenario(),
    ];

    /// <exception cref="BenchException">A name is not known.</exception>
    public static IReadOnlyList<Scenario> Choose(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (All.All(s => s.Name != name))
                throw new BenchException($"no scenario is called '{name}'; there are {string.Join(", ", All.Select(s => s.Name))}");
        }

        return names.Count == 0 ? All : [.. All.Where(s => names.Contains(s.Name))];
    }

    private static H2Load Grpc(Rig rig)
    {
        string file = Path.Combine(rig.Temp.Folder("grpc"), "message");
        File.WriteAllBytes(file, [0, 0, 0, 0, 5, .. "hello"u8]);
        return new H2Load(rig.Options.LoadCpu, 16, 32, Origin.GrpcPath) { Message = file };
    }

    private static H2Load Upload(Rig rig)
    {
        string file = Path.Combine(rig.Temp.Folder("upload"), "body");
        File.WriteAllBytes(file, new byte[64 * 1024]);
        return new H2Load(rig.Options.LoadCpu, 16, 4, Origin.UploadPath) { Body = file };
    }

    private static WrkLoad Wrk(Rig rig, int connections, string path) => new(rig.Options.LoadCpu, connections, path);
}
