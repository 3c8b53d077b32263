using System.CommandLine;
using System.Globalization;
using Weir.Config.Records;
using Weir.Output;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Commands;

/// <summary><c>weir routes</c>: the routes of the file, in its order, with what is changed at run time.</summary>
internal static class RoutesCommand
{
    public static Command Make(Terminal terminal)
    {
        var config = ConfigOption.Make();
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("routes", "List the routes of the configuration.") { config, json };
        command.SetAction(parsed => RunAsync(terminal, parsed.GetValue(config), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string? given, bool json)
    {
        if (ConfigOption.Find(given, terminal) is not { } path) return ExitCodes.CannotRun;
        var load = ConfigFile.Load(path, terminal.Environment);
        // What a Weir on this machine was told at run time holds for it too.
        var overlay = load.IsValid ? ConfigFile.OverlayOf(load.Config, terminal).State : OverlayState.Empty;
        await using var trial = ConfigFile.Try(load.Overlaid(c => OverlayChanges.Apply(c, overlay)));
        foreach (var diagnostic in trial.Diagnostics) terminal.Complain(diagnostic.ToString());
        if (trial.Snapshot is not { } snapshot) return ExitCodes.Failed;
        var changes = OverlayEntries.Of(overlay, snapshot.Config).Where(static c => c.Kind is "split" or "maintenance").ToList();
        var routes = snapshot.Config.Routes.Select(r => View(snapshot.Config, r.Key, r.Value, changes)).ToList();
        if (json)
        {
            terminal.Output.WriteLine(JsonText.Of(routes, CommandJson.Default.ListListedRoute));
            return ExitCodes.Done;
        }

        var table = new TextTable("ROUTE", "HOST", "PATH", "METHODS", "ACTION", "LISTENERS");
        foreach (var route in routes)
            table.Add(Name(route), List(route.Host), List(route.Path), List(route.Methods), Action(route), List(route.Listeners));
        table.Write(terminal);
        foreach (var change in changes) terminal.Output.WriteLine("changed at run time: " + change.Text);
        return ExitCodes.Done;
    }

    private static string Name(ListedRoute route) => route.Priority == 0 ? route.Name : $"{route.Name} ({route.Priority.ToString(CultureInfo.InvariantCulture)})";

    private static string Action(ListedRoute route) => route.Maintenance ? $"{route.Action} (maintenance)" : route.Action;

    private static string List(IReadOnlyList<string> items) => items.Count == 0 ? "*" : string.Join(", ", items);

    private static ListedRoute View(WeirConfig config, string name, RouteConfig route, IReadOnlyList<OverlayEntry> changes)
        => new(name, route.Match.Host, route.Match.Path, route.Match.Methods, route.Priority, ActionText.Of(route),
            [.. config.Listeners.Where(l => l.Value.Protocol == ListenerProtocol.Http && (l.Value.Routes?.Contains(name) ?? true)).Select(static l => l.Key)],
            OverlayChanges.IsClosed(config, route), [.. changes.Where(c => c.Name == name)]);
}
