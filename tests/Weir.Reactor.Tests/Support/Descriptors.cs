namespace Weir.Reactor.Tests.Support;

/// <summary>The process's open descriptors.</summary>
internal static class Descriptors
{
    /// <summary>How many sockets, pipes and event descriptors are open. Files are not counted: the test host opens them as it likes.</summary>
    public static int Count()
    {
        // What other tests left to their finalizers (the pipes of a child process) would go at any time, and be taken for this test's.
        GC.Collect();
        GC.WaitForPendingFinalizers();
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
