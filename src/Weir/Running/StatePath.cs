using Weir.Control;

namespace Weir.Running;

/// <summary>Where what must survive a restart is kept.</summary>
internal static class StatePath
{
    public const string Auto = "auto";

    public static string Of(string configured, Func<string, string?> environment)
    {
        if (configured != Auto) return Path.GetFullPath(configured);
        // systemd makes this folder for us alone: StateDirectory=weir is /var/lib/weir.
        if (Set("STATE_DIRECTORY") is { } own) return own.Split(':')[0];
        if (ControlPath.User() == 0) return "/var/lib/weir";
        if (Set("XDG_STATE_HOME") is { } state) return Path.Combine(state, "weir");
        return Path.Combine(Set("HOME") ?? "/var/lib", Set("HOME") is null ? "weir" : ".local/state/weir");

        string? Set(string variable) => environment(variable) is { Length: > 0 } value && value[0] == '/' ? value : null;
    }
}
