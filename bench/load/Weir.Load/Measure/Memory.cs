namespace Weir.Load.Measure;

/// <summary>Proportional set size: what the processes hold, pages shared between them counted once.</summary>
internal static class Memory
{
    public static double PssMiB(int group)
    {
        long kib = 0;
        foreach (int pid in ProcessGroup.Members(group))
        {
            string? line = File.ReadLines($"/proc/{pid}/smaps_rollup").FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            kib += long.Parse(line!.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        }

        return kib / 1024.0;
    }
}
