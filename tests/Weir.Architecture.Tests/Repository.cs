using System.Runtime.CompilerServices;

namespace Weir.Architecture.Tests;

/// <summary>Where things are in the working tree, and what was built beside this test.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Source files under a folder, without what the build makes, as paths from the root.</summary>
    public static IEnumerable<string> Sources(string folder)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Root, path))
            .Where(static path => !path.Split('/').Any(static part => part is "bin" or "obj"));

    /// <summary>Project files under src, as paths from the root.</summary>
    public static IEnumerable<string> Projects()
        => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(static path => Path.GetRelativePath(Root, path));

    public static string Assembly(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");

    private static string Find([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));
}
