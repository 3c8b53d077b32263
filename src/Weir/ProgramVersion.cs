using System.Reflection;
using System.Runtime.InteropServices;

namespace Weir;

/// <summary>What this build is.</summary>
internal static class ProgramVersion
{
    /// <summary><c>0.1.0</c>.</summary>
    public static string Number => Informational.Split('+')[0];

    /// <summary>The commit, shortened; empty when it was built outside a repository.</summary>
    public static string Commit => Informational.Split('+') is [_, var commit] ? commit[..Math.Min(10, commit.Length)] : "";

    public static string Line
        => $"weir {Number} ({string.Join(", ", new[] { Commit, RuntimeInformation.FrameworkDescription, RuntimeInformation.RuntimeIdentifier }.Where(static p => p.Length > 0))})";

    private static string Informational
        => typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
