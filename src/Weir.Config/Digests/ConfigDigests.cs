using Weir.Config.Records;

namespace Weir.Config.Digests;

/// <summary>
/// What a reload compares: SHA-256 of the canonical form of the whole and of each named object, in hexadecimal. Layout, comments,
/// the order of keys, shorthands and defaults written out do not change a digest; the order of lists does.
/// </summary>
public sealed class ConfigDigests
{
    private ConfigDigests(string whole, IReadOnlyDictionary<string, string> listeners, IReadOnlyDictionary<string, string> policies, IReadOnlyDictionary<string, string> routes, IReadOnlyDictionary<string, string> clusters)
        => (Whole, Listeners, Policies, Routes, Clusters) = (whole, listeners, policies, routes, clusters);

    public string Whole { get; }

    public IReadOnlyDictionary<string, string> Listeners { get; }

    public IReadOnlyDictionary<string, string> Policies { get; }

    public IReadOnlyDictionary<string, string> Routes { get; }

    public IReadOnlyDictionary<string, string> Clusters { get; }

    public static ConfigDigests Of(WeirConfig config)
    {
        var writer = new CanonicalWriter();
        var listeners = Each(writer, config.Listeners);
        var policies = Each(writer, config.Policies);
        var routes = Each(writer, config.Routes);
        var clusters = Each(writer, config.Clusters);

        // The whole is the hash of everything else and of the named objects' hashes: ten thousand routes are gone through once.
        var rest = config with { Listeners = Map<ListenerConfig>.Empty, Policies = Map<PolicyConfig>.Empty, Routes = Map<RouteConfig>.Empty, Clusters = Map<ClusterConfig>.Empty };
        writer.Write(rest, Shapes.Shapes.Of(typeof(WeirConfig)));
        foreach (var section in new[] { listeners, policies, routes, clusters })
        {
            writer.Text("section");
            foreach (var (name, digest) in section.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                writer.Text(name);
                writer.Text(digest);
            }
        }

        return new ConfigDigests(writer.Hash(), listeners, policies, routes, clusters);
    }

    private static Dictionary<string, string> Each<T>(CanonicalWriter writer, IReadOnlyDictionary<string, T> objects)
    {
        var shape = Shapes.Shapes.Of(typeof(T));
        var result = new Dictionary<string, string>(objects.Count, StringComparer.Ordinal);
        foreach (var (name, value) in objects)
        {
            writer.Write(value, shape);
            result.Add(name, writer.Hash());
        }

        return result;
    }
}
