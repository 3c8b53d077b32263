using Weir.Config.Records;

namespace Weir.Proxy.Routes;

/// <summary>What the table needs of a configured route. A match gives back its position in the list, so the payload stays with the caller.</summary>
internal sealed record RouteSource(string Name, MatchConfig Match, int Priority = 0, bool AutomaticOptions = false)
{
    /// <summary>Where it stands in the document; problems are reported below it.</summary>
    public string DocumentPath => $"routes.{Name}";

    public static RouteSource From(string name, RouteConfig route) => new(name, route.Match, route.Priority, route.AutomaticOptions);
}
