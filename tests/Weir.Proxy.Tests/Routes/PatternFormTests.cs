using System.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Targets;
using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Tests.Routes;

/// <summary>A literal pattern and a request that is written in the same way are the same path, or the pattern is refused.</summary>
public sealed class PatternFormTests
{
    private static readonly string[] Pieces = ["/", "/", ".", "..", ";", "a", "[", "]", "%5b", "%5D", "%2e", "%2F", "%41", "%7e", "%2a", "b;c", "@", "%c3%a9", "%25", "%00", "%g"];

    [Fact]
    public void Every_byte_has_the_form_that_requests_have()
    {
        for (var b = 0x21; b < 0x7F; b++)
        {
            // These have a meaning of their own in patterns, or part them.
            if ("*{}/?#%".Contains((char)b)) continue;
            Check($"/x{(char)b}y");
            Check($"/x%{b:x2}y");
        }
    }

    [Fact]
    public void Random_paths_have_the_form_that_requests_have()
    {
        var random = new Random(5);
        for (var i = 0; i < 20000; i++) Check("/" + string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Pieces[random.Next(Pieces.Length)])));
    }

    [Theory]
    [InlineData("/a/[x]", "/a/[x]")]
    [InlineData("/a/%5bx%5D", "/a/%5Bx%5D")]
    public void Brackets_are_two_ways_of_writing_two_paths(string written, string path) => Pattern(written).ShouldBe(path);

    [Theory]
    [InlineData("/a/..;x/b")]
    [InlineData("/a/.;")]
    [InlineData("/a/%2e%2e;x")]
    public void A_segment_that_requests_are_refused_for_is_refused(string written) => Pattern(written).ShouldBeNull();

    private static void Check(string text)
    {
        var request = Request(text);
        var pattern = Pattern(text);
        if (pattern is not null) pattern.ShouldBe(request, text);
        // What is resolved or collapsed in requests is an error in the file: it says something else than it does.
        else if (request is not null) (request.Length < Encoded(text)).ShouldBeTrue(text);
    }

    // The length that the path keeps when nothing is taken out: decoding makes three characters one.
    private static int Encoded(string text) => text.Replace("%2e", ".").Replace("%41", "A").Replace("%7e", "~").Length;

    private static string? Request(string text)
    {
        using var arena = new TextArena();
        arena.TryAppend(Encoding.ASCII.GetBytes(text), out var slice).ShouldBeTrue();
        return PathText.Normalise(arena, slice, out var path, out _, out _) == Refusal.None ? Encoding.ASCII.GetString(arena[path]) : null;
    }

    private static string? Pattern(string text)
    {
        var parser = new PathPatternParser();
        return parser.Read(text) is null ? Encoding.ASCII.GetString(parser.Pattern.Text) : null;
    }
}
