namespace Weir.Load.Processes;

/// <summary>The programs a run needs, found on the PATH, and the Debian package that has each.</summary>
internal static class Tools
{
    public static string SetPriv => Need("setpriv", "util-linux");

    public static string SetSid => Need("setsid", "util-linux");

    public static string TaskSet => Need("taskset", "util-linux");

    public static string Wrk => Need("wrk", "wrk");

    public static string H2Load => Need("h2load", "nghttp2-client");

    public static string Strace => Need("strace", "strace");

    public static string Nginx => Need("nginx", "nginx");

    /// <exception cref="BenchException">Something that every run needs is not there.</exception>
    public static void MustBeThere()
    {
        _ = (SetPriv, SetSid, TaskSet, Wrk, Nginx);
    }

    public static string? Find(string name)
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/usr/local/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    private static string Need(string name, string package) =>
        Find(name) ?? throw new BenchException($"{name} is not installed (Debian package: {package})");
}
