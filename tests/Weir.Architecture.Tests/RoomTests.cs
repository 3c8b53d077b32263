using Weir.Architecture.Tests.Documents;
using Weir.Architecture.Tests.Metadata;

namespace Weir.Architecture.Tests;

/// <summary>The rooms of Weir.Proxy use each other as ARCHITECTURE.md says, and never in a circle.</summary>
public sealed class RoomTests
{
    private static readonly IReadOnlyCollection<Use> Uses = AssemblyUses.Of("Weir.Proxy");

    [Fact]
    public void The_table_has_no_circle() => Graph.Cycle(RoomTable.Rooms).ShouldBeNull();

    [Fact]
    public void The_table_names_the_rooms_that_there_are()
    {
        var there = AssemblyUses.Types("Weir.Proxy").Select(RoomTable.RoomOf).OfType<string>().Where(static r => r.Length > 0).Distinct();
        there.Order().ShouldBe(RoomTable.Rooms.Keys.Order());
        RoomTable.Rooms.Values.SelectMany(static r => r).Distinct().ShouldBeSubsetOf(RoomTable.Rooms.Keys);
    }

    [Fact]
    public void A_room_uses_only_what_the_table_allows()
    {
        var wrong = Edges().Where(static e => e.To.Length > 0).Where(e => !RoomTable.Rooms[e.From].Contains(e.To)).GroupBy(static e => $"{e.From} → {e.To}");
        wrong.Select(static g => g.Key + ": " + string.Join(", ", g.Select(static e => e.Use))).ShouldBeEmpty();
    }

    [Fact]
    public void What_the_table_allows_is_used()
    {
        var used = Edges().Select(static e => (e.From, e.To)).ToHashSet();
        RoomTable.Rooms.SelectMany(static r => r.Value, static (r, to) => (From: r.Key, To: to)).Where(e => !used.Contains(e)).ShouldBeEmpty();
    }

    [Fact]
    public void A_room_uses_only_those_types_of_the_root_that_the_table_gives_it()
    {
        var wrong = Edges().Where(static e => e.To.Length == 0)
            .Where(e => !RoomTable.Roots.TryGetValue(Name(e.Use.To), out var rooms) || (rooms is not null && !rooms.Contains(e.From)));
        wrong.Select(static e => $"{e.From}: {e.Use}").ShouldBeEmpty();
    }

    [Fact]
    public void The_table_of_the_root_is_whole()
        => AssemblyUses.Types("Weir.Proxy").Where(static t => RoomTable.RoomOf(t) == "").Select(Name).Order().ShouldBe(RoomTable.Roots.Keys.Order());

    private static IEnumerable<(string From, string To, Use Use)> Edges()
        => from use in Uses
           let @from = RoomTable.RoomOf(use.From)
           let to = RoomTable.RoomOf(use.To)
           where @from is { Length: > 0 } && to is not null && to != @from
           select (@from, to, use);

    private static string Name(string type) => type[(type.LastIndexOf('.') + 1)..];
}
