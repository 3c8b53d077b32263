using System.Reflection;

namespace Weir.Demo;

/// <summary>The quickstart example, as it is in the repository, kept inside the program.</summary>
internal static class DemoFiles
{
    public static string Text()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("quickstart/weir.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Puts it into a folder of its own, made for this run; the path of the file.</summary>
    public static string Unpack(string text)
    {
        var folder = Directory.CreateTempSubdirectory("weir-demo-");
        var path = Path.Combine(folder.FullName, "weir.yaml");
        File.WriteAllText(path, text);
        return path;
    }
}
