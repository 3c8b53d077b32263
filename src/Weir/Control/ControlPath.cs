using System.Globalization;

namespace Weir.Control;

/// <summary>Where the control socket is, for the instance that makes it and the commands that look for it.</summary>
internal static class ControlPath
{
    public const string Off = "off";
    private const string Auto = "auto";
    private const string Name = "control.sock";

    /// <summary>Null when there is to be none.</summary>
    public static string? Of(string configured, Func<string, string?> environment)
    {
        if (configured == Off) return null;
        if (configured != Auto) return Path.GetFullPath(configured);
        // systemd makes this folder for us alone: RuntimeDirectory=weir is /run/weir.
        if (Set("RUNTIME_DIRECTORY") is { } own) return Path.Combine(own.Split(':')[0], Name);
        if (User() == 0) return $"/run/weir/{Name}";
        if (Set("XDG_RUNTIME_DIR") is { } runtime) return Path.Combine(runtime, "weir", Name);
        return string.Create(CultureInfo.InvariantCulture, $"/tmp/weir-{User()}/{Name}");

        string? Set(string variable) => environment(variable) is { Length: > 0 } value && value[0] == '/' ? value : null;
    }

    /// <summary>The effective user; the runtime has no call for it.</summary>
    public static int User()
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("Uid:", StringComparison.Ordinal));
            return int.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or FormatException)
        {
            return -1;
        }
    }
}
