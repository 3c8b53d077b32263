using Weir.Http;
using Weir.Proxy.Responses;

namespace Weir.Docs.Tests;

/// <summary>docs/refusals.md is the list of refusals, with the statuses that are answered.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void The_page_has_a_row_for_every_refusal_with_its_status()
    {
        var rows = Pages.Text("docs/refusals.md").Split('\n').Where(static l => l.StartsWith("| `", StringComparison.Ordinal)).Select(static l => l.Trim('|', ' ').Split(" | ")).ToList();
        rows.ShouldAllBe(static r => r.Length == 4 && r.All(static c => c.Trim().Length > 0));
        var all = Enum.GetValues<Refusal>().Where(static r => r != Refusal.None);
        rows.Select(static r => (r[0].Trim('`', ' '), r[1].Trim())).ShouldBe(all.Select(static r => (RefusalTable.NameOf(r), Status(r))));
    }

    [Fact]
    public void Every_refusal_in_backquotes_of_the_limits_page_exists()
    {
        var names = Enum.GetValues<Refusal>().Select(RefusalTable.NameOf).ToHashSet();
        Pages.Rows("docs/limits.md", "| key | default").Concat(Pages.Rows("docs/limits.md", "| timeout"))
            .SelectMany(static r => r[^1].Split('`').Where(static (_, i) => i % 2 == 1)).Where(static n => n.Contains('-')).Where(n => !names.Contains(n)).ShouldBeEmpty();
    }

    private static string Status(Refusal refusal) => RefusalTable.Of(refusal).Status is > 0 and var status ? status.ToString() : "–";
}
