using System.Net;
using Weir.Proxy.Actions;
using Weir.Proxy.Balancing;
using Weir.Proxy.Snapshots;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Tests.Actions;

/// <summary>A change of weights moves the clients that must move, and no other.</summary>
public sealed class SlotTests
{
    private static readonly int[] SlotOfClient = [.. Enumerable.Range(0, 100_000).Select(static i =>
        Splitter.SlotOf(KeyHash.OfClient(PeerAddress.From(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), 1)), KeyHash.OfText("shop"u8)))];

    [Theory]
    [InlineData(new[] { 95, 5 }, new[] { 90, 10 }, 0.05)]
    [InlineData(new[] { 90, 10 }, new[] { 95, 5 }, 0.05)]
    [InlineData(new[] { 99, 1 }, new[] { 0, 1 }, 0.99)]
    [InlineData(new[] { 1, 1 }, new[] { 500, 500 }, 0)]
    [InlineData(new[] { 80, 10, 10 }, new[] { 70, 10, 20 }, 0.10)]
    [InlineData(new[] { 80, 10, 10 }, new[] { 70, 20, 10 }, 0.10)]
    [InlineData(new[] { 80, 10, 10, 0 }, new[] { 75, 10, 10, 5 }, 0.05)]
    public void Only_the_share_that_must_move_moves(int[] before, int[] after, double share)
    {
        var (old, now) = (SlotTable.Lay(before), SlotTable.Lay(after));
        var slots = old.Zip(now).Count(static p => p.First != p.Second);
        slots.ShouldBe((int)Math.Round(share * old.Length));
        var moved = SlotOfClient.Count(s => old[s] != now[s]);
        moved.ShouldBeInRange((int)((share - 0.005) * SlotOfClient.Length), (int)((share + 0.005) * SlotOfClient.Length));
        // Who moves goes to an arm that grew, from one that shrank.
        foreach (var (from, to) in old.Zip(now).Where(static p => p.First != p.Second))
        {
            (after[to] / (double)after.Sum()).ShouldBeGreaterThan(before[to] / (double)before.Sum());
            (after[from] / (double)after.Sum()).ShouldBeLessThan(before[from] / (double)before.Sum());
        }
    }

    [Theory]
    [InlineData(new[] { 2, 1 }, new[] { 6667, 3333 })]
    [InlineData(new[] { 0, 0, 7 }, new[] { 0, 0, 10_000 })]
    [InlineData(new[] { 0, 60, 60 }, new[] { 0, 5000, 5000 })]
    [InlineData(new[] { 10, 80, 10 }, new[] { 1000, 8000, 1000 })]
    [InlineData(new[] { 1, 1, 1 }, new[] { 3334, 3333, 3333 })]
    public void Arms_have_their_shares_of_the_slots(int[] weights, int[] slots)
        => SlotTable.Lay(weights).GroupBy(static a => (int)a).OrderBy(static g => g.Key).Select(static g => (g.Key, g.Count()))
            .ShouldBe(slots.Select(static (n, i) => (i, n)).Where(static p => p.n > 0));

    [Fact]
    public void Clients_are_spread_evenly()
        => SlotOfClient.GroupBy(static s => s / 1000).Select(static g => g.Count()).ShouldAllBe(static n => n > 9_500 && n < 10_500);

    [Fact]
    public void Splits_with_other_seeds_choose_others()
    {
        var canary = SlotTable.Lay([90, 10]);
        var both = Enumerable.Range(0, 100_000).Count(i => IsIn(i, "a") && IsIn(i, "b"));
        both.ShouldBeInRange(800, 1_200);

        bool IsIn(int client, string seed) => canary[Splitter.SlotOf(KeyHash.OfText(BitConverter.GetBytes(client)), KeyHash.OfText(System.Text.Encoding.ASCII.GetBytes(seed)))] == 1;
    }
}
