using System.CommandLine;

namespace Weir.Commands;

/// <summary>How commands are told which endpoints: by name, several if need be, or all that have something in common.</summary>
internal sealed class EndpointOptions
{
    private readonly Option<string?> _zone = new("--zone") { Description = "All endpoints of a zone, those that come later too.", HelpName = "zone" };
    private readonly Option<string?> _label = new("--label") { Description = "All endpoints with a label, those that come later too.", HelpName = "name=value" };
    private readonly Option<string?> _priority = new("--priority") { Description = "All endpoints of a priority, those that come later too.", HelpName = "number" };
    private readonly Option<string?> _cluster = new("--cluster") { Description = "The cluster. Default: all that have such endpoints.", HelpName = "name" };

    public IReadOnlyList<Option> All => [_zone, _label, _priority, _cluster];

    /// <summary>One of them was given.</summary>
    public bool AreGiven(ParseResult parsed) => All.Any(o => parsed.GetResult(o) is not null);

    /// <summary>As the control API has it; null when it is not clear, or nothing is meant.</summary>
    public IReadOnlyList<string>? Target(ParseResult parsed, IReadOnlyList<string> endpoints)
    {
        List<string> target = [.. endpoints.Where(static e => e.Length > 0).Select(static e => "endpoint=" + Uri.EscapeDataString(e))];
        if (target.Count < endpoints.Count) return null;
        (string Name, string? Value)[] selectors = [("zone", parsed.GetValue(_zone)), ("label", parsed.GetValue(_label)), ("priority", parsed.GetValue(_priority))];
        var given = selectors.Where(static s => s.Value is not null).Select(static s => $"{s.Name}={Uri.EscapeDataString(s.Value!)}").ToList();
        if (given.Count + (target.Count > 0 ? 1 : 0) != 1) return null;
        target.AddRange(given);
        if (parsed.GetValue(_cluster) is { } cluster) target.Add("cluster=" + Uri.EscapeDataString(cluster));
        return target;
    }
}
