using System.Runtime.CompilerServices;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Targets;

namespace Weir.Http.Tests.Targets;

/// <summary>docs/paths.md tells the truth, and the fast way gives what the slow way would.</summary>
public sealed class PathTests
{
    private static string? Normalise(string target, out Refusal refusal) => Normalise(target, out refusal, out _);

    private static string? Normalise(string target, out Refusal refusal, out bool isView)
    {
        using var arena = new TextArena();
        arena.TryAppend(NativeText.Bytes(target), out var text).ShouldBeTrue();
        refusal = PathText.Normalise(arena, text, out var path, out _, out _);
        isView = path.Offset == text.Offset;
        return refusal == Refusal.None ? Encoding.Latin1.GetString(arena[path]) : null;
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));

    public static TheoryData<string, string> Documented()
    {
        var rows = new TheoryData<string, string>();
        foreach (var line in File.ReadAllLines(Path.Combine(Root(), "docs/paths.md")))
        {
            var cells = line.Split(" | ");
            if (line.StartsWith("| `/", StringComparison.Ordinal) && cells.Length == 2)
                rows.Add(cells[0][2..].Trim().Trim('`'), cells[1].TrimEnd('|', ' '));
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Documented))]
    public void The_documented_table_holds(string target, string expected)
    {
        var path = Normalise(target, out var refusal);
        (path is null ? Kebab(refusal.ToString()) : $"`{path}`").ShouldBe(expected, target);
        if (path is not null) Normalise(path, out _).ShouldBe(path, "twice is once");
    }

    [Fact]
    public void The_documented_table_is_read() => Documented().Count.ShouldBeGreaterThan(50);

    [Fact]
    public void A_path_that_needs_no_change_is_a_view_of_the_wire()
    {
        foreach (var path in new[] { "/", "/a/b", "/" + new string('x', 100) + "/y.z/" })
        {
            Normalise(path + "?q", out _, out var isView).ShouldBe(path);
            isView.ShouldBeTrue(path);
        }
    }

    [Fact]
    public void A_dot_or_a_double_slash_is_seen_at_every_position()
    {
        for (var at = 1; at < 70; at++)
        {
            var before = "/" + new string('x', at);
            foreach (var (middle, expected) in new[] { ("//y", "/y"), ("/./y", "/y"), ("/z/../y", "/y"), ("%2e", "."), ("/.", "/") })
                Normalise(before + middle, out _).ShouldBe(before + expected);
        }
    }

    [Fact]
    public void Every_byte_is_allowed_or_refused_as_documented()
    {
        for (var b = 0; b < 256; b++)
        {
            var raw = (char)b;
            var inPath = char.IsAsciiLetterOrDigit(raw) || "-._~!$&'()*+,;=:@/[]?".Contains(raw);
            var inQuery = raw is > ' ' and < '\u007f' && !"\"#<>%".Contains(raw);
            (Normalise($"/a{raw}b", out _) is not null).ShouldBe(inPath, $"path {b:x2}");
            (Normalise($"/a%41{raw}b", out _) is not null).ShouldBe(inPath, $"rewritten path {b:x2}");
            (Normalise($"/a?{raw}b", out _) is not null).ShouldBe(inQuery, $"query {b:x2}");
            var encoded = Normalise($"/a%{b:x2}b", out _);
            encoded.ShouldBe(b == 0 ? null : char.IsAsciiLetterOrDigit(raw) || "-._~".Contains(raw) ? $"/a{raw}b" : $"/a%{b:X2}b");
        }
    }

    [Fact]
    public void Random_paths_normalise_as_a_plain_implementation_does_and_only_once()
    {
        var random = new Random(3);
        string[] pieces = ["/", "/", ".", "..", "a", "%2e", "%2F", "%41", "b;c", "//", "%5c"];
        for (var i = 0; i < 20000; i++)
        {
            var target = "/" + string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => pieces[random.Next(pieces.Length)]));
            var path = Normalise(target, out var refusal);
            path.ShouldBe(Plain(target, refusal), target);
            if (path is null) continue;
            Normalise(path, out _).ShouldBe(path, target);
            path.Split('/').ShouldNotContain("..");
        }
    }

    private static string? Plain(string target, Refusal refusal)
    {
        var text = target.Replace("%2e", ".").Replace("%41", "A").Replace("%5c", "%5C");
        var segments = new List<string>();
        var parts = text.Split('/', StringSplitOptions.None)[1..];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].StartsWith(".;", StringComparison.Ordinal) || parts[i].StartsWith("..;", StringComparison.Ordinal))
            {
                refusal.ShouldBe(Refusal.BadTarget);
                return null;
            }

            if (parts[i] == "..")
            {
                if (segments.Count == 0)
                {
                    refusal.ShouldBe(Refusal.PathEscapesRoot);
                    return null;
                }

                segments.RemoveAt(segments.Count - 1);
            }
            else if (parts[i] is not ("" or "."))
            {
                segments.Add(parts[i]);
            }
        }

        var isFolder = parts[^1] is "" or "." or "..";
        return "/" + string.Join('/', segments) + (isFolder && segments.Count > 0 ? "/" : "");
    }

    private static string Kebab(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
