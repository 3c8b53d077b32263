using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary>What commands share that change endpoints of the running Weir.</summary>
internal sealed class EndpointCommand(Terminal terminal)
{
    public Option<string?> Cluster { get; } = new("--cluster") { Description = "The cluster. Default: all that have the endpoint.", HelpName = "name" };

    public Option<bool> Undo { get; } = new("--undo") { Description = "As configured again." };

    /// <summary>Sends the change and says what became of it.</summary>
    public async Task<int> RunAsync(ControlClient client, HttpMethod method, string what, string endpoint, string? cluster, string more, bool json)
    {
        var query = $"?endpoint={Uri.EscapeDataString(endpoint)}{(cluster is null ? "" : $"&cluster={Uri.EscapeDataString(cluster)}")}{more}";
        if (await client.CallAsync(method, $"/v1/endpoints/{what}{query}", ControlJson.Default.IReadOnlyListOverrideView) is not { } changed) return ExitCodes.CannotRun;
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(changed, ControlJson.Default.IReadOnlyListOverrideView));
        else foreach (var entry in changed) terminal.Output.WriteLine($"{entry.Endpoint} of {entry.Cluster}: {Text(entry)}");
        return ExitCodes.Done;
    }

    private static string Text(OverrideView entry)
    {
        var weight = entry.Weight is { } given ? "weight " + given.ToString(CultureInfo.InvariantCulture) : null;
        return entry.Drains ? "drains" + (weight is null ? "" : ", " + weight) : weight ?? "as configured";
    }
}
