using System.Text.RegularExpressions;

namespace Weir.Architecture.Tests;

/// <summary>Rules for source files that no compiler holds.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 500;

    [Fact]
    public void A_file_over_500_lines_gives_its_reason_in_the_first()
    {
        var files = new[] { "src", "bench", "tests" }.SelectMany(Repository.Sources);
        files.Where(static f => File.ReadLines(Path.Combine(Repository.Root, f)) is var lines && lines.Count() > MostLines && !lines.First().StartsWith("//", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Event_ids_of_log_messages_are_unique()
    {
        var messages = Repository.Sources("src").SelectMany(static f => LogMessage().Matches(Repository.Text(f)).Select(m => (File: f, Id: m.Groups["id"].Value))).ToList();
        messages.Where(static m => m.Id.Length == 0).Select(static m => m.File).ShouldBeEmpty("a log message without an event id");
        messages.GroupBy(static m => m.Id).Where(static g => g.Count() > 1).Select(static g => g.Key + ": " + string.Join(", ", g.Select(static m => m.File))).ShouldBeEmpty();
    }

    [Fact]
    public void Public_types_of_the_sdk_are_documented()
    {
        var docs = File.ReadAllText(Path.ChangeExtension(Repository.Assembly("Weir.Sdk"), ".xml"));
        var types = System.Reflection.Assembly.LoadFrom(Repository.Assembly("Weir.Sdk")).GetExportedTypes();
        types.Length.ShouldBeGreaterThan(20);
        types.Where(t => !docs.Contains($"\"T:{t.FullName!.Replace('+', '.')}\"")).ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_reactor_calls_the_system()
        => Repository.Sources("src").Where(static f => Import().IsMatch(Repository.Text(f)) && !f.StartsWith("src/Weir.Reactor/Native/", StringComparison.Ordinal)).ShouldBeEmpty();

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId = )?(?<id>\d*)")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"\[(LibraryImport|DllImport)\(")]
    private static partial Regex Import();
}
