using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Load.Report;

/// <summary>The two files of a run, named by date and commit; an earlier one of the same name is left alone.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <returns>The Markdown file's path.</returns>
    public static string Write(RunReport run, string folder)
    {
        Directory.CreateDirectory(folder);
        string name = $"{run.Machine.Time:yyyy-MM-dd}-{run.Machine.Commit}";
        string path = Path.Combine(folder, name);
        for (int i = 2; File.Exists(path + ".md"); i++)
            path = Path.Combine(folder, $"{name}-{i}");
        File.WriteAllText(path + ".json", JsonSerializer.Serialize(run, Json) + "\n");
        File.WriteAllText(path + ".md", MarkdownReport.Of(run).TrimEnd() + "\n");
        return path + ".md";
    }
}
