using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Model;
using Weir.Running.Overlays;
using Weir.Tests.Certificates.Fixture;

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

    private static readonly EndpointTarget Endpoint = new("c", "http://127.0.0.1:1");

    [Fact]
    public void AnOverlaySurvivesARestart()
    {
        using var folder = new TemporaryFolder();
        var overlay = Overlay.Open(folder["state"], TimeProvider.System, out _);
        ReferenceEquals(overlay.Over(Load), Load).ShouldBeTrue();
        overlay.Keep(Everything()).ShouldBeNull();
        File.GetUnixFileMode(overlay.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(folder["state"]).ShouldBe([overlay.Path]);
        var again = Overlay.Open(folder["state"], TimeProvider.System, out var problem);
        problem.ShouldBeNull();
        OverlayEntries.Of(again.State).Select(static e => e.Text).ShouldBe([
            "split a two=5, since 2026-05-01 12:00:00Z", "maintenance b on, since 2026-05-01 12:00:00Z",
            "drain http://127.0.0.1:1 of c, since 2026-05-01 12:00:00Z", "weight 7 for http://127.0.0.1:1 of c, since 2026-05-01 12:00:00Z"]);
        again.State.Overrides().ShouldBe([new EndpointOverride(Endpoint, true, null), new EndpointOverride(Endpoint, false, 7)]);
        var config = again.Over(Load).Config!;
        config.Routes["a"].Split!.Arms.Select(static a => (a.Key, a.Value.Weight)).ShouldBe([("one", 9), ("two", 5), ("three", 0)]);
        config.Routes["b"].Maintenance!.On.ShouldBeTrue();
        config.Routes["b"].Maintenance!.Status.ShouldBe(599);
        again.Over(Load).Digest.ShouldNotBe(Load.Digest);
        again.Keep(OverlayState.Empty.With(Endpoint, new DrainChange(Now, null)));
        again.Over(Load).Digest.ShouldBe(Load.Digest);
    }

    [Fact]
    public void AChangeMayEnd()
    {
        var state = Everything(Now.AddMinutes(30)).With("b", new MaintenanceChange(true, Now, Now.AddMinutes(10)));
        state.NextEnd.ShouldBe(Now.AddMinutes(10));
        var later = state.At(Now.AddMinutes(10));
        later.Maintenance.ShouldBeEmpty();
        later.Count.ShouldBe(3);
        later.NextEnd.ShouldBe(Now.AddMinutes(30));
        later.At(Now.AddMinutes(30)).Count.ShouldBe(0);
        OverlayEntries.Of(later)[1].Text.ShouldBe("drain http://127.0.0.1:1 of c, since 2026-05-01 12:00:00Z, until 2026-05-01 12:30:00Z");
    }

    [Fact]
    public void WhatEndsWhileNobodyRunsIsOverAtTheNextStart()
    {
        using var folder = new TemporaryFolder();
        var clock = new JumpClock();
        var now = clock.GetUtcNow();
        Overlay.Open(folder["state"], clock, out _).Keep(Everything(now.AddMinutes(30)).With("b", new MaintenanceChange(true, now, null)));
        clock.Advance(TimeSpan.FromMinutes(29));
        Overlay.Open(folder["state"], clock, out _).State.Count.ShouldBe(4);
        clock.Advance(TimeSpan.FromMinutes(1));
        OverlayEntries.Of(Overlay.Open(folder["state"], clock, out _).State).ShouldHaveSingleItem().Kind.ShouldBe("maintenance");
    }

    [Fact]
    public void WhatIsNotInForceSaysWhy()
    {
        var state = Everything().With("gone", Split(("one", 5))).With("b", Split(("one", 5))).With("gone", new MaintenanceChange(true, Now, null))
            .With(new EndpointTarget("c", "http://127.0.0.1:2"), new DrainChange(Now, null)).With(new EndpointTarget("gone", "http://127.0.0.1:2"), new WeightChange(1, Now, null));
        OverlayEntries.Of(state, Load.Config!).Select(static e => $"{e.Kind} {e.Name} {e.InForce} {e.Why}").ShouldBe([
            "split a True ", "split b False the route 'b' is not split", "split gone False there is no route 'gone'",
            "maintenance b True ", "maintenance gone False there is no route 'gone'",
            "drain http://127.0.0.1:1 True ", "drain http://127.0.0.1:2 False the cluster does not have it now",
            "weight http://127.0.0.1:1 True ", "weight http://127.0.0.1:2 False there is no cluster 'gone'"]);
        var half = OverlayState.Empty.With("a", Split(("two", 5), ("four", 1)));
        OverlayEntries.Of(half, Load.Config!, static _ => true)[0].Text.ShouldBe("split a two=5 four=1, since 2026-05-01 12:00:00Z (the split of 'a' has no arm 'four', but one, two, three)");
    }

    [Theory]
    [InlineData("* zone=dc1", "drain zone=dc1 (all clusters)", true)]
    [InlineData("c zone=dc1", "drain zone=dc1 (cluster c)", true)]
    [InlineData("d zone=dc1", "drain zone=dc1 (cluster d)", false)]
    [InlineData("* zone=dc", "drain zone=dc (all clusters)", false)]
    [InlineData("* label=rack=a b", "drain label=rack=a b (all clusters)", true)]
    [InlineData("* label=rack=a", "drain label=rack=a (all clusters)", false)]
    [InlineData("c priority=2", "drain priority=2 (cluster c)", true)]
    [InlineData("c priority=0", "drain priority=0 (cluster c)", false)]
    [InlineData("c http://a", "drain http://a of c", true)]
    [InlineData("c http://b", "drain http://b of c", false)]
    public void EndpointsAreMeantByNameOrSelector(string key, string shown, bool takes)
    {
        var target = EndpointTarget.Parse(key).ShouldNotBeNull();
        target.ToString().ShouldBe(key);
        target.Takes("c", "http://a", "dc1", 2, new Dictionary<string, string> { ["rack"] = "a b" }).ShouldBe(takes);
        OverlayEntries.Of(OverlayState.Empty.With(target, new DrainChange(Now, null)))[0].What.ShouldBe(shown);
        OverlayEntries.Of(OverlayState.Empty.With(target, new DrainChange(Now, null) { Evict = true }))[0].What.ShouldStartWith("drain and evict ");
    }

    [Theory]
    [InlineData("two=50%", "one=9 two=10 three=1")]
    [InlineData("two=0%", "one=9 two=0 three=1")]
    [InlineData("two=100%", "one=0 two=1 three=0")]
    [InlineData("one=3 two=0.01%", "one=29997 two=4 three=9999")]
    [InlineData("one=25% two=75%", "one=1 two=3 three=0")]
    [InlineData("two=5", "two=5")]
    [InlineData("two=101%", null)]
    [InlineData("two=0.001%", null)]
    [InlineData("two=-1", null)]
    [InlineData("one=60% two=60%", null)]
    [InlineData("one=0 three=0 two=60%", null)]
    public void AShareIsOfTheWholeAndTheOthersKeepTheirProportions(string asked, string? weights)
    {
        var split = Load.Config!.Routes["a"].Split!;
        split = split with { Arms = split.Arms.ToDictionary(static a => a.Key, static a => a.Key == "three" ? a.Value with { Weight = 1 } : a.Value) };
        var typed = asked.Split(' ').Select(static a => a.Split('=')).ToDictionary(static a => a[0], static a => a[1]);
        var found = SplitShares.Weights(split, typed, out var problem);
        (found is null ? null : string.Join(' ', split.Arms.Keys.Where(found.ContainsKey).Select(k => $"{k}={found[k]}"))).ShouldBe(weights, problem);
        (problem.Length > 0).ShouldBe(weights is null);
    }

    [Fact]
    public void ArmsThatAreNotNamedKeepWhatTheyWereGivenBefore()
    {
        var state = OverlayState.Empty.With("a", Split(("two", 5), ("three", 2)));
        OverlayChanges.Merge(state, "a", new Dictionary<string, int> { ["three"] = 3 }, Now, null).Weights.ShouldBe(new Dictionary<string, int> { ["two"] = 5, ["three"] = 3 });
        OverlayChanges.Merge(state, "b", new Dictionary<string, int> { ["one"] = 3 }, Now, null).Weights.ShouldBe(new Dictionary<string, int> { ["one"] = 3 });
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

    [Theory]
    [InlineData("aa", "there is no route 'aa' (did you mean 'a'?)")]
    [InlineData("nosuch", "there is no route 'nosuch' (weir routes lists them)")]
    public void ARouteThatIsMisspeltIsNamed(string route, string why) => OverlayChanges.NoRoute(Load.Config!, route).ShouldBe(why);

    [Fact]
    public void NotAllArmsCanBeEmpty()
        => OverlayChanges.Judge(Load.Config!, "a", new Dictionary<string, int> { ["one"] = 0, ["two"] = 0 }).ShouldBe("all arms would have weight 0: requests would go nowhere");

    [Theory]
    [InlineData("{ nonsense")]
    [InlineData("[]")]
    [InlineData("")]
    public void ADamagedFileIsSaidAndStandsForNothing(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Overlay.FileName], text);
        var overlay = Overlay.Open(folder[""], TimeProvider.System, out var problem);
        problem.ShouldNotBeNull().ShouldContain(Overlay.FileName);
        ReferenceEquals(overlay.Over(Load), Load).ShouldBeTrue();
    }

    [Fact]
    public void WhatMakesNoSenseIsLeftOut()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Overlay.FileName], """
            { "splits": { "a": null, "b": { "since": "2026-05-01T12:00:00Z" }, "c": { "weights": { "x": -1 } } }, "maintenance": null,
              "drains": { "c": {}, "* http://127.0.0.1:1": {}, "c priority=x": {}, "* label=a": {}, "* zone=": {}, "c http://127.0.0.1:1": {} }, "weights": { "c http://127.0.0.1:1": { "weight": 1001 }, "c http://127.0.0.1:2": { "weight": 1000 } } }
            """);
        var overlay = Overlay.Open(folder[""], TimeProvider.System, out var problem);
        problem.ShouldNotBeNull().ShouldEndWith("some of its entries make no sense, and are left out");
        overlay.State.Overrides().ShouldBe([new EndpointOverride(Endpoint, true, null), new EndpointOverride(new EndpointTarget("c", "http://127.0.0.1:2"), false, 1000)]);
        overlay.State.Count.ShouldBe(2);
    }

    [Fact]
    public void WhatCannotBeKeptIsNotTaken()
    {
        using var folder = new TemporaryFolder();
        folder.Write("state", "a file in its way");
        var overlay = Overlay.Open(folder["state"], TimeProvider.System, out _);
        overlay.Keep(Everything()).ShouldNotBeNull().ShouldStartWith("it cannot be kept in the state folder");
        overlay.State.Count.ShouldBe(0);
    }

    private static OverlayState Everything(DateTimeOffset? until = null) => OverlayState.Empty
        .With("a", Split(("two", 5)) with { Until = until })
        .With("b", new MaintenanceChange(true, Now, until))
        .With(Endpoint, new DrainChange(Now, until))
        .With(Endpoint, new WeightChange(7, Now, until));

    private static SplitChange Split(params (string Arm, int Weight)[] weights) => new(weights.ToDictionary(static w => w.Arm, static w => w.Weight), Now, null);
}
