namespace Weir.Architecture.Tests.Documents;

/// <summary>The rooms of Weir.Proxy and what each may use, as ARCHITECTURE.md's table says; and which rooms may use which types of the root.</summary>
internal static class RoomTable
{
    private const string Root = "Weir.Proxy.";

    public static IReadOnlyDictionary<string, HashSet<string>> Rooms { get; } = MarkdownTable.Rows("| room | may use |").ToDictionary(static r => r[0][0], static r => r[1].ToHashSet());

    /// <summary>The root's types and the rooms that may use them; null for all.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>?> Roots { get; } = MarkdownTable.Rows("| types of the root | rooms that may use them |")
        .SelectMany(static row => row[0], static (row, type) => (type, rooms: row[1])).ToDictionary(static r => r.type, static r => r.rooms is ["all"] ? null : r.rooms.Where(static n => n != "none").ToHashSet());

    /// <summary>The room of a type with its namespace: null when it is not Weir.Proxy's, empty for the root.</summary>
    public static string? RoomOf(string type)
    {
        if (!type.StartsWith(Root, StringComparison.Ordinal)) return null;
        var parts = type[Root.Length..].Split('.');
        return parts.Length == 1 ? "" : parts[0];
    }
}
