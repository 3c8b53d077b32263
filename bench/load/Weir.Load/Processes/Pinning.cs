using System.Diagnostics;

namespace Weir.Load.Processes;

/// <summary>Moves this program itself off the CPU of the proxy.</summary>
internal static class Pinning
{
    /// <exception cref="BenchException">This machine has no such CPU.</exception>
    public static void MustExist(int cpu)
    {
        if (!Directory.Exists($"/sys/devices/system/cpu/cpu{cpu}"))
            throw new BenchException($"there is no CPU {cpu} here; two are needed (see --proxy-cpu and --load-cpu)");
    }

    public static void ThisProgram(int cpu)
    {
        var info = new ProcessStartInfo(Tools.TaskSet) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string part in (string[])["-a", "-c", "-p", $"{cpu}", $"{Environment.ProcessId}"])
            info.ArgumentList.Add(part);
        using Process process = Process.Start(info)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new BenchException($"cannot run on CPU {cpu}: {errors.Trim()}");
    }
}
