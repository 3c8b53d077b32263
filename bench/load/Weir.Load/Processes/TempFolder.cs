namespace Weir.Load.Processes;

/// <summary>Configurations, bodies and logs of one run, in memory where the system has /dev/shm. Gone when disposed.</summary>
internal sealed class TempFolder : IDisposable
{
    private const string Prefix = "weir-load-";

    public TempFolder()
    {
        string root = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        RemoveStale(root);
        Path = System.IO.Path.Combine(root, Prefix + Environment.ProcessId);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Folder(string name) => Directory.CreateDirectory(File(name)).FullName;

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    /// <summary>Folders of runs that were killed before they could tidy up.</summary>
    private static void RemoveStale(string root)
    {
        foreach (string folder in Directory.GetDirectories(root, Prefix + "*"))
        {
            if (int.TryParse(System.IO.Path.GetFileName(folder)[Prefix.Length..], out int pid) && !Directory.Exists($"/proc/{pid}"))
                Directory.Delete(folder, recursive: true);
        }
    }
}
