using System.Diagnostics;

namespace Weir.Load.Report;

/// <summary>Where and of what a result was taken.</summary>
internal sealed record Machine(string Cpu, int Cores, string Kernel, string LoadAverage, string Commit, DateTimeOffset Time)
{
    public static Machine Read(string root)
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(": ").Last() ?? "unknown";
        int cores = File.ReadLines("/proc/stat").Count(l => l.StartsWith("cpu", StringComparison.Ordinal)) - 1;
        string commit = Git(root, "rev-parse", "--short", "HEAD") is { Length: > 0 } head ? head : "no-commit";
        if (Git(root, "status", "--porcelain", "--untracked-files=no").Length > 0)
            commit += "-dirty";
        string average = string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));
        return new Machine(cpu, cores, File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), average, commit, DateTimeOffset.Now);
    }

    private static string Git(string root, params IEnumerable<string> arguments)
    {
        try
        {
            var info = new ProcessStartInfo("git") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root };
            foreach (string argument in arguments)
                info.ArgumentList.Add(argument);
            using Process process = Process.Start(info)!;
            string text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
