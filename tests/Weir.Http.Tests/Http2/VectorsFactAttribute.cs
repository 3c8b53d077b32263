using System.Runtime.CompilerServices;

namespace Weir.Http.Tests.Http2;

/// <summary>Needs published vectors beside the repository; without them the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VectorsFactAttribute : FactAttribute
{
    public VectorsFactAttribute(string folder)
    {
        if (!Directory.Exists(Folder(folder))) Skip = "The vectors are not there: ../shared/vectors/" + folder;
    }

    public static string Folder(string name) => Path.GetFullPath(Path.Combine(Here(), "../../../../shared/vectors", name));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
