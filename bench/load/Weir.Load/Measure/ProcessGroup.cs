namespace Weir.Load.Measure;

/// <summary>The processes of a group, as /proc tells.</summary>
internal static class ProcessGroup
{
    public static IReadOnlyList<int> Members(int group)
    {
        var members = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int pid) && StatOf(pid) is { } stat && stat[2] == group)
                members.Add(pid);
        }

        return members;
    }

    /// <summary>
    /// The numbers of /proc/PID/stat from the parent's id on, so that [1] is the parent's field and [2] the group; [11] and [12] are user and system time in ticks.
    /// Null once the process has ended.
    /// </summary>
    public static long[]? StatOf(int pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            string[] parts = text[(text.LastIndexOf(')') + 2)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return [.. parts.Take(20).Select(p => long.TryParse(p, out long n) ? n : 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
