namespace Weir.Config.Watching;

/// <summary>
/// The kernel's events for the folders of the sources: a hint that saves waiting for the next look, nothing more. Folders rather
/// than files, since editors and ConfigMaps replace files by renaming. Failing to watch is no error: looking goes on.
/// </summary>
internal sealed class FolderEvents : IDisposable
{
    // Each takes an inotify instance, of which a user has some 128.
    private const int MaxFolders = 16;

    private readonly List<FileSystemWatcher> _watchers = [];

    public FolderEvents(ConfigSources sources, Action signal)
    {
        var folders = sources.Files.Select(f => Path.GetDirectoryName(f) ?? "/").Select(f => (Folder: f, Deep: false))
            .Concat(sources.Globs.Select(g => (Folder: Glob.BaseFolder(g.Folder, g.Pattern), Deep: g.Pattern.SkipLast(1).Contains('/') || g.Pattern.Contains("**", StringComparison.Ordinal))))
            .GroupBy(f => f.Folder, f => f.Deep)
            .Take(MaxFolders);
        foreach (var folder in folders) Watch(folder.Key, folder.Any(deep => deep), signal);
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
    }

    private void Watch(string folder, bool deep, Action signal)
    {
        if (!Directory.Exists(folder)) return;
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = deep && folder != "/" };
            watcher.Changed += (_, _) => signal();
            watcher.Created += (_, _) => signal();
            watcher.Deleted += (_, _) => signal();
            watcher.Renamed += (_, _) => signal();
            watcher.Error += (_, _) => signal();
            watcher.EnableRaisingEvents = true;
            _watchers.Add(watcher);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            watcher?.Dispose();
        }
    }
}
