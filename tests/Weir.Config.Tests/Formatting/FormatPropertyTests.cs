using Weir.Config.Formatting;

namespace Weir.Config.Tests.Formatting;

public sealed class FormatPropertyTests
{
    /// <summary>Not one may be given up on either: leaving a file alone is safe, but no formatting.</summary>
    [Fact]
    public void NothingIsLostAndASecondRunChangesNothing()
    {
        var left = new List<string>();
        var runs = 0;
        for (var seed = 0; seed < 1500; seed++)
        {
            var text = RandomYaml.Make(seed);
            // What the parser itself refuses is no case.
            if (!Parses(text)) continue;
            runs++;
            var result = YamlFormatter.Format(text);
            if (result.Problem is not null)
            {
                left.Add(text);
                result.Text.ShouldBe(text);
                continue;
            }

            EventStream.Of(result.Text).ShouldBe(EventStream.Of(text));
            YamlFormatter.Format(result.Text).Text.ShouldBe(result.Text, $"seed {seed} is not idempotent:\n{text}");
        }

        runs.ShouldBeGreaterThan(1200);
        left.Count.ShouldBeLessThan(1, $"{left.Count} of {runs} were left as they are, such as:\n{left.MinBy(t => t.Length)}");
    }

    private static bool Parses(string text)
    {
        try
        {
            EventStream.Of(text);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
