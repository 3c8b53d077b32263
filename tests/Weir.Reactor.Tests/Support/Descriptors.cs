namespace Weir.Reactor.Tests.Support;

/// <summary>The process's open descriptors.</summary>
internal static class Descriptors
{
    /// <summary>How many sockets, pipes and event descriptors are open. Files are not counted: the test host opens them as it likes.</summary>
    public static int Count()
    {
        var count = 0;
        foreach (var entry in new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos())
        {
            // Closed since it was listed: no target.
            if (entry.LinkTarget is not { } target) continue;
            if (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("pipe:", StringComparison.Ordinal) ||
                target.StartsWith("anon_inode:", StringComparison.Ordinal)) count++;
        }

        return count;
    }
}
