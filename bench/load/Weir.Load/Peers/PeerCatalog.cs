using Weir.Load.Processes;

namespace Weir.Load.Peers;

/// <summary>Every peer by name, and which of them this machine has.</summary>
internal sealed class PeerCatalog
{
    public const string Nginx = "nginx", NginxBodies = "nginx-bodies", Haproxy = "haproxy", HaproxySplice = "haproxy-splice", Weir = "weir";

    private static readonly string[] Names = [Nginx, NginxBodies, Haproxy, HaproxySplice, Weir];

    private readonly Dictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];

    public PeerCatalog(Options options, string root)
    {
        foreach (string wanted in options.Peers.Append(options.Subject))
        {
            if (!Names.Contains(wanted))
                throw new BenchException($"no peer is called '{wanted}'; there are {string.Join(", ", Names)}");
        }

        string? Binary(string kind, Func<string?> installed) => options.Binaries.TryGetValue(kind, out string? path) ? path : installed();

        if (Binary("nginx", () => Tools.Find("nginx")) is { } nginx)
        {
            Add(options, new NginxPeer(Nginx, nginx, largeBuffers: false));
            Add(options, new NginxPeer(NginxBodies, nginx, largeBuffers: true));
        }
        else
        {
            _missing.Add("nginx is not installed (Debian package: nginx)");
        }

        if (Binary("haproxy", () => Tools.Find("haproxy")) is { } haproxy)
        {
            Add(options, new HaproxyPeer(Haproxy, haproxy, splice: false));
            Add(options, new HaproxyPeer(HaproxySplice, haproxy, splice: true));
        }
        else
        {
            _missing.Add("haproxy is not installed (Debian package: haproxy)");
        }

        string built = Path.Combine(root, "out", "weir");
        if (Binary("weir", () => File.Exists(built) ? built : null) is { } weir)
            Add(options, new WeirPeer(Weir, weir));
        else
            _missing.Add("weir is not built: out/weir does not exist (make build); running without it");
    }

    /// <summary>A sentence for each peer that is not there.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public IReadOnlyCollection<Peer> All => _peers.Values;

    public Peer? Find(string name) => _peers.GetValueOrDefault(name);

    private void Add(Options options, Peer peer)
    {
        if (options.Peers.Count == 0 || options.Peers.Contains(peer.Name) || options.Subject == peer.Name)
            _peers.Add(peer.Name, peer);
    }
}
