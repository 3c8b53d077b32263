using System.Runtime.CompilerServices;

namespace Weir.Scenarios.Fixture;

/// <summary>A test against programs of <c>tests/Weir.Scenarios/node</c>; skipped where Node or their packages are not installed.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute(params string[] programs)
    {
        if (ForeignProgram.Find("node") is null || !Directory.Exists(Path.Combine(Folder, "node_modules"))) Skip = "not installed: node, or what npm ci installs in tests/Weir.Scenarios/node";
        else if (programs.FirstOrDefault(static p => ForeignProgram.Find(p) is null) is { } missing) Skip = $"not installed: {missing}";
    }

    /// <summary>Where the programs are.</summary>
    public static string Folder { get; } = Locate();

    private static string Locate([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "node");
}
