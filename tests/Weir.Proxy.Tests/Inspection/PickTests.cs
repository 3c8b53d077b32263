using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Text;
using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Balancing;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Tests.Inspection;

/// <summary>What is said of a request's arm and endpoint is what the path's own rules say.</summary>
public sealed class PickTests
{
    private const string Elsewhere = "zone b: those of zone a carry their part";

    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Yaml = """
        version: 1
        zone: a
        listeners: { web: "127.0.0.1:0" }
        routes:
          all: { match: { path: /all }, forward: c }
          split: { match: { path: /split }, split: { sticky: { cookie: slot, keys: [0123456789abcdef] }, arms: { one: { weight: 2, forward: c }, two: { weight: 1, forward: c } } } }
          found: { match: { path: /found }, forward: found }
          labelled: { match: { path: /labelled }, forward: { cluster: c, subset: { v: "2" } } }
        clusters:
          c:
            sticky: { cookie: seat, keys: [0123456789abcdef] }
            endpoints: [{ url: "http://10.0.0.1", zone: a }, { url: "http://10.0.0.2", zone: a }, { url: "http://10.0.0.3", zone: b, labels: { v: "2" } }]
          found: { discover: { api: {} } }
        """;

    private static string Seat(string url) => "seat=" + Encoding.ASCII.GetString(StickyText.Of(KeyHash.OfEndpoint(url), "c", "0123456789abcdef"u8.ToArray()));

    [Fact]
    public Task A_cookie_that_was_signed_here_names_the_endpoint_drained_or_not() => AskAsync("/all", Seat("http://10.0.0.2"), (x, forward, trial) =>
    {
        EndpointPick.Of(x, forward).ShouldBe(new EndpointPick(forward.Cluster.Endpoints[1], "cookie seat"));
        trial.Override([new EndpointOverride(new EndpointTarget("c", "http://10.0.0.2"), true, null)]);
        EndpointPick.Of(x, forward).Endpoint!.Url.ShouldBe("http://10.0.0.2");
        WhyNot(forward, forward.Cluster.Endpoints[1]).ShouldBe("weir drain");
    });

    [Fact]
    public Task Another_cookie_does_not() => AskAsync("/all", Seat("http://10.0.0.2") + "x", static (x, forward, _)
        => EndpointPick.Of(x, forward).ShouldBe(new EndpointPick(null, "of two drawn by weight, the one with fewer requests in flight, unless it takes much longer, since there is no cookie seat that was made here")));

    [Fact]
    public Task States_that_were_seen_are_those_that_are_chosen_by() => AskAsync("/all", "", static (x, forward, trial) =>
    {
        var endpoints = forward.Cluster.Endpoints;
        endpoints.Select(e => WhyNot(forward, e)).ShouldBe([null, null, Elsewhere]);
        Follow(trial, "c", Seen("http://10.0.0.1", EndpointCondition.Unhealthy, "answered 500"), Seen("http://10.0.0.2", EndpointCondition.Healthy, null), Seen("http://10.0.0.3", EndpointCondition.Ejected, "5 failures in a row"));
        endpoints.Select(e => WhyNot(forward, e)).ShouldBe(["answered 500", null, "5 failures in a row"]);
        forward.Choice.Set.IsPanicking.ShouldBeTrue();
        Follow(trial, "c", Seen("http://10.0.0.1", EndpointCondition.Unhealthy, "answered 500"), Seen("http://10.0.0.2", EndpointCondition.Healthy, null), Seen("http://10.0.0.3", EndpointCondition.Healthy, null));
        endpoints.Select(e => WhyNot(forward, e)).ShouldBe(["answered 500", null, Elsewhere]);
        Follow(trial, "c", Seen("http://10.0.0.1", EndpointCondition.Draining, "weir drain"), Seen("http://10.0.0.2", EndpointCondition.Draining, "weight 0", 0), Seen("http://10.0.0.3", EndpointCondition.Healthy, null));
        endpoints.Select(e => WhyNot(forward, e)).ShouldBe(["weir drain", "weight 0", null]);
        EndpointPick.Of(x, forward).Why.ShouldBe("the only one that takes requests");
    });

    [Fact]
    public Task Endpoints_that_were_found_are_there_too() => AskAsync("/found", "", static (x, forward, trial) =>
    {
        EndpointPick.Of(x, forward).ShouldBe(new EndpointPick(null, "none takes requests"));
        Follow(trial, "found", Seen("http://10.0.0.7", EndpointCondition.Healthy, null) with { IsListed = false });
        EndpointPick.Of(x, forward).Endpoint!.Url.ShouldBe("http://10.0.0.7");
        forward.Choice.Set.ShareOf(forward.Cluster.Endpoints[0]).ShouldBe(1);
    });

    [Theory]
    [InlineData(1, "two")]
    [InlineData(9999, "one")]
    public async Task A_slot_is_kept_by_its_cookie(int slot, string arm)
    {
        await using var trial = Trial();
        var cookie = trial.Snapshot!.Listeners["web"].Routes.Single(static r => r.Name == "split").Split!.Cookie!;
        Span<byte> mark = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(mark, cookie.Marks[0][slot]);
        var kept = $"slot={slot}.{Base64Url.EncodeToString(mark)}";
        ChoiceOf(trial, kept).ShouldBe((arm, slot, false, "cookie slot"));
        ChoiceOf(trial, kept.Replace($"{slot}.", $"{slot - 1}.", StringComparison.Ordinal)).ShouldBe(("one", null, true, "drawn by lot, since there is no cookie slot that was made here; what follows is of the largest arm"));

        static (string Arm, int? Slot, bool IsDrawn, string Why) ChoiceOf(ConfigTrial trial, string cookie)
        {
            using var x = Ask(trial, "/split", cookie);
            var choice = ArmChoice.Of(x, trial.Snapshot!.Listeners["web"].Routes[x.Match().Route].Split!);
            return (choice.Arm.Name, choice.Slot, choice.IsDrawn, choice.Why);
        }
    }

    [Fact]
    public Task Labels_that_are_missing_hide_nothing_else() => AskAsync("/labelled", "", static (x, forward, trial) =>
    {
        var endpoint = forward.Cluster.Endpoints[0];
        WhyNot(forward, endpoint).ShouldBe("not labelled v=2");
        Follow(trial, "c", Seen(endpoint.Url, EndpointCondition.Unhealthy, "status 500"));
        WhyNot(forward, endpoint).ShouldBe("not labelled v=2; status 500");
    });

    [Theory]
    [InlineData(EndpointCondition.Unresolved, "its name is not resolved: no such host")]
    [InlineData(EndpointCondition.Failing, "5 failures in a row, the last: reset; not ejected: it is the only one")]
    [InlineData(EndpointCondition.Ejected, "5 failures in a row, the last: reset; back in 22 s")]
    internal Task What_was_seen_is_said_as_it_was(EndpointCondition condition, string reason) => AskAsync("/all", "", (x, forward, trial) =>
    {
        Follow(trial, "c", Seen("http://10.0.0.1", condition, reason));
        WhyNot(forward, forward.Cluster.Endpoints[0]).ShouldBe(reason);
    });

    [Fact]
    public Task An_ejection_says_when_it_is_over() => AskAsync("/all", "", static (x, forward, _) =>
    {
        var endpoint = forward.Cluster.Endpoints[0];
        endpoint.State.Ejected = true;
        endpoint.State.NoteHealth(static h => h with { EjectedFor = "5 failures in a row, the last: status 503", EjectedUntil = Noon.AddSeconds(21.5) });
        WhyNot(forward, endpoint).ShouldBe("5 failures in a row, the last: status 503; back in 22 s");
    });

    [Fact]
    public Task Who_is_much_slower_is_said_to_be_avoided() => AskAsync("/all", "", static (x, forward, _) =>
    {
        var (cluster, set, endpoints) = (forward.Cluster, forward.Choice.Set, forward.Cluster.Endpoints);
        EndpointReason.TimeOf(cluster, set, endpoints[0], 1000).ShouldBeNull();
        endpoints[0].State.Latency.Add(40_000, 1000, peaks: false);
        EndpointReason.AvoidedOf(cluster, set, endpoints[0], 1000).ShouldBeNull();
        endpoints[1].State.Latency.Add(15_000, 1000, peaks: false);
        EndpointReason.AvoidedOf(cluster, set, endpoints[0], 1000).ShouldBeNull();
        endpoints[1].State.Latency.Forget();
        endpoints[1].State.Latency.Add(1_000, 1000, peaks: false);
        EndpointReason.TimeOf(cluster, set, endpoints[0], 1000).ShouldBe(40);
        EndpointReason.AvoidedOf(cluster, set, endpoints[0], 1000).ShouldBe("40 ms against 1 ms");
        EndpointReason.AvoidedOf(cluster, set, endpoints[1], 1000).ShouldBeNull();
        // It is in another zone, and has no share.
        endpoints[2].State.Latency.Add(90_000, 1000, peaks: false);
        EndpointReason.AvoidedOf(cluster, set, endpoints[2], 1000).ShouldBeNull();
    });

    private static string? WhyNot(Forward forward, Endpoint endpoint) => EndpointReason.Of(forward.Cluster, forward.Choice, endpoint, Noon);

    private static async Task AskAsync(string path, string cookie, Action<OfflineExchange, Forward, ConfigTrial> look)
    {
        await using var trial = Trial();
        using var x = Ask(trial, path, cookie);
        look(x, trial.Snapshot!.Listeners["web"].Routes[x.Match().Route].Forward!, trial);
    }

    private static OfflineExchange Ask(ConfigTrial trial, string path, string cookie)
        => new(trial.Snapshot!.Listeners["web"], Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n"), IPAddress.Loopback);

    private static ConfigTrial Trial()
    {
        var trial = ConfigTrial.Of(ConfigReader.LoadText(Yaml, BuiltInPolicies.All), BuiltInPolicies.All, static _ => []);
        trial.Diagnostics.Select(static d => d.ToString()).ShouldBeEmpty();
        return trial;
    }

    private static SeenEndpoint Seen(string url, EndpointCondition condition, string? reason, int weight = 1) => new(new FoundEndpoint(url) { Weight = weight }, true, condition, reason);

    private static void Follow(ConfigTrial trial, string cluster, params SeenEndpoint[] seen) => trial.Follow(new Dictionary<string, IReadOnlyList<SeenEndpoint>> { [cluster] = seen });
}
