using Weir.Config;
using Weir.Policies;
using Weir.Running.Overlays;

namespace Weir.Tests.Running;

/// <summary>Changes at run time lie over what the files say.</summary>
public class OverlayTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static ConfigLoad Load { get; } = ConfigReader.LoadText("""
        version: 1
        listeners: { web: { address: ":8080" } }
        defaults: { maintenance: { on: false, status: 599 } }
        routes:
          a: { match: { path: /a }, split: { arms: { one: { weight: 9, forward: c }, two: { weight: 1, forward: c }, three: { forward: c } } } }
          b: { match: { path: /b }, respond: 200 }
        clusters: { c: { endpoints: ["http://127.0.0.1:1"] } }
        """, BuiltInPolicies.All);

    [Fact]
    public void AnOverlaySurvivesARestart()
    {
        using var folder = new TemporaryFolder();
        var overlay = Overlay.Open(folder["state"], TimeProvider.System, out _);
        ReferenceEquals(overlay.Over(Load), Load).ShouldBeTrue();
        overlay.Change(s => s.With("a", Split(("two", 5))).With("b", new MaintenanceChange(true, Now, null)));
        var again = Overlay.Open(folder["state"], TimeProvider.System, out var problem);
        problem.ShouldBeNull();
        OverlayChanges.Lines(again.State).ShouldBe(["split a two=5, since 2026-05-01 12:00:00Z", "maintenance b on, since 2026-05-01 12:00:00Z"]);
        var config = again.Over(Load).Config!;
        config.Routes["a"].Split!.Arms.Select(static a => (a.Key, a.Value.Weight)).ShouldBe([("one", 9), ("two", 5), ("three", 0)]);
        config.Routes["b"].Maintenance!.On.ShouldBeTrue();
        config.Routes["b"].Maintenance!.Status.ShouldBe(599);
        again.Over(Load).Digest.ShouldNotBe(Load.Digest);
        again.Change(static s => s.With("a", (SplitChange?)null).With("b", (MaintenanceChange?)null));
        again.Over(Load).Digest.ShouldBe(Load.Digest);
    }

    [Fact]
    public void AChangeMayEnd()
    {
        var state = OverlayState.Empty.With("a", Split(("two", 5)) with { Until = Now.AddMinutes(30) }).With("b", new MaintenanceChange(true, Now, Now.AddMinutes(10)));
        state.NextEnd(Now).ShouldBe(Now.AddMinutes(10));
        var later = state.At(Now.AddMinutes(10));
        later.Maintenance.ShouldBeEmpty();
        later.NextEnd(Now.AddMinutes(10)).ShouldBe(Now.AddMinutes(30));
        later.At(Now.AddMinutes(30)).Splits.ShouldBeEmpty();
    }

    [Fact]
    public void WhatTheFileHasNoMoreChangesNothing()
    {
        var state = OverlayState.Empty.With("gone", Split(("one", 5))).With("b", Split(("one", 5))).With("a", Split(("gone", 5)));
        Config.Digests.ConfigDigests.Of(OverlayChanges.Apply(Load.Config!, state)).Whole.ShouldBe(Load.Digest);
    }

    [Theory]
    [InlineData("x", "one", 1, "there is no route 'x'")]
    [InlineData("b", "one", 1, "the route 'b' is not split")]
    [InlineData("a", "four", 1, "the split of 'a' has no arm 'four', but one, two, three")]
    [InlineData("a", "one", -1, "a weight is from 0 to 1000000")]
    [InlineData("a", "one", 0, null)]
    public void WhatCannotBeIsSaid(string route, string arm, int weight, string? why)
        => OverlayChanges.Judge(Load.Config!, route, new Dictionary<string, int> { [arm] = weight }).ShouldBe(why);

    [Fact]
    public void NotAllArmsCanBeEmpty()
        => OverlayChanges.Judge(Load.Config!, "a", new Dictionary<string, int> { ["one"] = 0, ["two"] = 0 }).ShouldBe("all arms would have weight 0: requests would go nowhere");

    [Fact]
    public void ADamagedFileIsSaidAndStandsForNothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Overlay.FileName], "{ nonsense");
        var overlay = Overlay.Open(folder[""], TimeProvider.System, out var problem);
        problem.ShouldNotBeNull().ShouldContain(Overlay.FileName);
        ReferenceEquals(overlay.Over(Load), Load).ShouldBeTrue();
    }

    private static SplitChange Split(params (string Arm, int Weight)[] weights) => new(weights.ToDictionary(static w => w.Arm, static w => w.Weight), Now, null);
}
