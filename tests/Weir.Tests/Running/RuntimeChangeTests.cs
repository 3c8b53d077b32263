using Weir.Logging;
using Weir.Output;
using Weir.Proxy;
using Weir.Proxy.Model;
using Weir.Running;
using Weir.Running.Overlays;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Running;

/// <summary>Changes at run time as the reloader brings them into force, and takes them back.</summary>
public class RuntimeChangeTests
{
    private const string Yaml = """
        version: 1
        listeners: { web: { address: "127.0.0.1:0" } }
        routes: { a: { respond: 200 } }
        clusters: { c: { endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:2"] } }
        """;

    private static readonly EndpointTarget First = new("c", "http://127.0.0.1:1");

    [Fact]
    public async Task OfManyWishesAtOnceNoneIsLost()
    {
        await using var x = await Running.StartAsync();
        var wishes = Enumerable.Range(0, 40).Select(i => Task.Run(() => x.Reloader.ChangeAsync("a test", s => i % 2 == 0
            ? s.With(new EndpointTarget("c", $"http://127.0.0.1:{i}"), new DrainChange(x.Clock.GetUtcNow(), null))
            : s.With($"route-{i}", new MaintenanceChange(true, x.Clock.GetUtcNow(), null)))));
        (await Task.WhenAll(wishes)).ShouldAllBe(static problem => problem == null);
        x.Overlay.State.Count.ShouldBe(40);
        Overlay.Open(x.Folder["state"], x.Clock, out _).State.Count.ShouldBe(40);
    }

    [Fact]
    public async Task AnEndpointsChangeTakesNoReloadAndEndsByItself()
    {
        await using var x = await Running.StartAsync();
        var now = x.Clock.GetUtcNow();
        (await x.Reloader.ChangeAsync("a test", s => s.With(First, new DrainChange(now, now.AddMinutes(30))).With(First, new WeightChange(3, now, null)))).ShouldBeNull();
        (x.State.Draining, x.State.Weight).ShouldBe((true, 3));
        x.Clock.Advance(TimeSpan.FromMinutes(31));
        for (var wait = 0; x.State.Draining && wait < 1000; wait++) await Task.Delay(10);
        (x.State.Draining, x.State.Weight).ShouldBe((false, 3));
        x.Gateway.Version.ShouldBe(1);
        x.Log.ShouldContain("changed at run time: drain http://127.0.0.1:1 of c, since ");
        x.Log.ShouldContain("changed at run time no more (its time is over): drain http://127.0.0.1:1 of c, since ");
        (await x.Reloader.ChangeAsync("a test", static s => s.With(First, (WeightChange?)null))).ShouldBeNull();
        x.Log.ShouldContain("changed at run time no more (taken back): weight 3 for http://127.0.0.1:1 of c, since ");
    }

    [Fact]
    public void WeightsThatWereGivenForGoodHoldAgainAfterThoseForATime()
    {
        var now = DateTimeOffset.UnixEpoch;
        var state = OverlayState.Empty.With("a", OverlayChanges.Merge(OverlayState.Empty, "a", new Dictionary<string, int> { ["new"] = 0 }, now, null));
        for (var i = 1; i <= 2; i++) state = state.With("a", OverlayChanges.Merge(state, "a", new Dictionary<string, int> { ["old"] = i }, now, now.AddMinutes(i)));
        state.At(now).Splits["a"].Weights.ShouldBe(new Dictionary<string, int> { ["new"] = 0, ["old"] = 2 }, ignoreOrder: true);
        state.At(now.AddMinutes(2)).Splits["a"].Weights.ShouldBe(new Dictionary<string, int> { ["new"] = 0 });
        state.At(now.AddMinutes(2)).NextEnd.ShouldBeNull();
        state.With("a", (SplitChange?)null).Count.ShouldBe(0);
    }

    [Fact]
    public async Task ARouteChangedForATimeIsAsItWasAfterIt()
    {
        await using var x = await Running.StartAsync();
        var now = x.Clock.GetUtcNow();
        (await x.Reloader.ChangeAsync("a test", s => s.With("a", new MaintenanceChange(true, now, now.AddMinutes(30))))).ShouldBeNull();
        x.Reloader.Config.Routes["a"].Maintenance!.On.ShouldBeTrue();
        x.Clock.Advance(TimeSpan.FromMinutes(31));
        for (var wait = 0; x.Reloader.Config.Routes["a"].Maintenance is not null && wait < 1000; wait++) await Task.Delay(10);
        x.Reloader.Config.Routes["a"].Maintenance.ShouldBeNull();
    }

    [Fact]
    public async Task ARestartWithinTheTimeHasTheChangeAndOneAfterItHasNot()
    {
        using var folder = new TemporaryFolder();
        var clock = new JumpClock();
        var now = clock.GetUtcNow();
        await using (var x = await Running.StartAsync(folder, clock)) await x.Reloader.ChangeAsync("a test", s => s.With(First, new DrainChange(now, now.AddMinutes(30))));
        await using (var x = await Running.StartAsync(folder, clock)) x.State.Draining.ShouldBeTrue();
        clock.Advance(TimeSpan.FromMinutes(31));
        await using (var x = await Running.StartAsync(folder, clock)) x.State.Draining.ShouldBeFalse();
    }

    [Fact]
    public async Task WhatIsRefusedChangesNothing()
    {
        await using var x = await Running.StartAsync();
        (await x.Reloader.ChangeAsync("a test", static _ => OverlayEdit.Refused("no"))).ShouldBe("no");
        File.Exists(x.Overlay.Path).ShouldBeFalse();
        x.Folder.Write("state", "a file in its way");
        (await x.Reloader.ChangeAsync("a test", s => s.With(First, new DrainChange(default, null)))).ShouldNotBeNull().ShouldStartWith("it cannot be kept");
        x.State.Draining.ShouldBeFalse();
    }

    /// <summary>What the program has around its overlay, and no more.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly StringWriter _log = new();
        private readonly bool _ownsFolder;

        private Running(TemporaryFolder folder, JumpClock clock, bool ownsFolder)
        {
            (Folder, Clock, _ownsFolder) = (folder, clock, ownsFolder);
            Overlay = Overlay.Open(folder["state"], clock, out _);
            var settings = new InstanceSettings { ConfigPath = folder["weir.yaml"], Terminal = new Terminal(new StringWriter(), new StringWriter()), Log = new ProgramLog(_log, clock), Time = clock };
            Reloader = new ConfigReloader(settings, Gateway, Overlay);
        }

        public TemporaryFolder Folder { get; }

        public JumpClock Clock { get; }

        public Overlay Overlay { get; }

        public Gateway Gateway { get; } = new(new GatewayOptions { Factories = ConfigFile.Factories, Loops = 1 });

        public ConfigReloader Reloader { get; }

        public string Log => _log.ToString();

        public EndpointState State => Gateway.Current!.Clusters["c"].Endpoints[0].State;

        public static Task<Running> StartAsync() => StartAsync(new TemporaryFolder(), new JumpClock(), true);

        public static Task<Running> StartAsync(TemporaryFolder folder, JumpClock clock) => StartAsync(folder, clock, false);

        public async ValueTask DisposeAsync()
        {
            Reloader.Dispose();
            await Gateway.DisposeAsync();
            if (_ownsFolder) Folder.Dispose();
        }

        private static async Task<Running> StartAsync(TemporaryFolder folder, JumpClock clock, bool ownsFolder)
        {
            folder.Write("weir.yaml", Yaml);
            var x = new Running(folder, clock, ownsFolder);
            (await x.Reloader.StartAsync(ConfigFile.Load(folder["weir.yaml"], static _ => null))).ShouldBeTrue();
            return x;
        }
    }
}
