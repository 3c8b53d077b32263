namespace Weir.Config.Watching;

/// <summary>
/// The state of everything that a configuration was read from: the files it names and the files its patterns match now. Two
/// stages: stamps are cheap and looked at often, contents decide.
/// </summary>
internal sealed class Fingerprint
{
    private readonly SortedDictionary<string, FileStamp> _stamps = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _contents = new(StringComparer.Ordinal);

    public static Fingerprint Of(ConfigSources sources, Fingerprint? before = null)
    {
        var result = new Fingerprint();
        foreach (var path in Paths(sources))
        {
            var stamp = FileStamp.Of(path);
            result._stamps[path] = stamp;
            // What has the same stamp is not read again.
            var known = before is not null && before._stamps.TryGetValue(path, out var old) && old == stamp;
            result._contents[path] = known ? before!._contents[path] : stamp.Exists ? FileStamp.ContentOf(path) : "";
        }

        return result;
    }

    /// <summary>For other sources: what is known stays as it was last seen, so that a change since then is still one; the rest is taken as it is.</summary>
    public Fingerprint For(ConfigSources sources)
    {
        var result = Of(sources, this);
        foreach (var path in result._stamps.Keys.Where(_stamps.ContainsKey).ToList())
        {
            result._stamps[path] = _stamps[path];
            result._contents[path] = _contents[path];
        }

        return result;
    }

    /// <summary>Something may have changed.</summary>
    public bool HasOtherStamps(ConfigSources sources)
    {
        var paths = Paths(sources);
        return paths.Count != _stamps.Count || paths.Any(p => !_stamps.TryGetValue(p, out var stamp) || stamp != FileStamp.Of(p));
    }

    /// <summary>The same files with the same contents; a mere touch makes no difference.</summary>
    public bool SaysTheSameAs(Fingerprint other) => _contents.SequenceEqual(other._contents);

    private static SortedSet<string> Paths(ConfigSources sources)
    {
        var paths = new SortedSet<string>(sources.Files, StringComparer.Ordinal);
        foreach (var (folder, pattern) in sources.Globs) paths.UnionWith(Glob.Expand(folder, pattern));
        return paths;
    }
}
