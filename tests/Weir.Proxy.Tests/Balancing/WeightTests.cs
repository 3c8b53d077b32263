using System.Diagnostics;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>What share an endpoint has: weight, priority, zone, health, drain and slow start.</summary>
public sealed class WeightTests
{
    [Theory]
    [InlineData("round-robin", 0.002)]
    [InlineData("random", 0.02)]
    [InlineData("least-requests", 0.01)]
    [InlineData("power-of-two", 0.02)]
    [InlineData("least-time", 0.02)]
    [InlineData("hash", 0.02)]
    public async Task Every_balancer_gives_shares_by_weight(string balancer, double deviation)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", ["{ url: \"http://a\", weight: 5 }", "{ url: \"http://b\", weight: 1 }", "{ url: \"http://c\", weight: 4 }", "{ url: \"http://d\", weight: 0 }"]);
        var shares = cluster.Shares(20_000, inFlight: balancer is not ("round-robin" or "random" or "hash"));
        shares[0].ShouldBe(0.5, deviation);
        shares[1].ShouldBe(0.1, deviation);
        shares[2].ShouldBe(0.4, deviation);
        shares[3].ShouldBe(0);
    }

    [Theory]
    [InlineData(5, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(10, 10, 1)]
    [InlineData(7, 5, 3)]
    [InlineData(1, 2, 4)]
    public void Turns_go_by_weight_and_lie_apart(params int[] weights)
    {
        var turns = TurnOrder.Of(weights);
        var sum = weights.Sum();
        turns.Length.ShouldBe(sum);
        for (var i = 0; i < weights.Length; i++)
        {
            turns.Count(t => t == i).ShouldBe(weights[i]);
            // In whatever part of the round, and over its end, nobody has two turns more or fewer than its share.
            for (var from = 0; from < sum; from++)
                for (var length = 1; length <= sum; length++)
                    ((double)Enumerable.Range(from, length).Count(at => turns[at % sum] == i)).ShouldBe(length * weights[i] / (double)sum, 1.999);
        }
    }

    [Fact]
    public void However_uneven_or_many_everyone_has_a_turn()
    {
        TurnOrder.Of([1_000_000, 1, 1]).Distinct().Count().ShouldBe(3);
        TurnOrder.Of(Enumerable.Repeat(1, 5_000).ToArray()).Distinct().Count().ShouldBe(5_000);
        TurnOrder.Of(Enumerable.Range(1, 3_000).ToArray()).Distinct().Count().ShouldBe(3_000);
        // Ten thousand million steps, were each turn looked for.
        var (many, started) = (Enumerable.Repeat(1000, 99_999).Append(100).ToArray(), Stopwatch.GetTimestamp());
        TurnOrder.Of(many).ShouldBe(Enumerable.Range(0, 100_000));
        var random = new Random(5);
        TurnOrder.Of([.. Enumerable.Range(0, 100_000).Select(_ => random.Next(1, 1000))]).Distinct().Count().ShouldBe(100_000);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Lots_fall_by_weight()
    {
        int[] weights = [1, 1_000, 10, 100, 889, 1_000_000 / 500];
        var table = AliasTable.Of(weights);
        var random = new Random(1);
        var counts = new int[weights.Length];
        for (var i = 0; i < 1_000_000; i++) counts[table.Draw((ulong)random.NextInt64())]++;
        for (var i = 0; i < weights.Length; i++)
        {
            var expected = 1_000_000.0 * weights[i] / weights.Sum();
            ((double)counts[i]).ShouldBe(expected, (4 * Math.Sqrt(expected)) + 1);
        }
    }

    [Fact]
    public async Task Higher_priorities_are_for_when_the_lower_ones_do_not_suffice()
    {
        var cluster = await TrialCluster.MakeAsync("", [.. Enumerable.Range(0, 4).Select(static i => $"http://a{i}"), "{ url: \"http://b0\", priority: 1 }", "{ url: \"http://b1\", priority: 1 }", "{ url: \"http://c\", priority: 2 }"]);
        Shares().ShouldBe([1, 0, 0]);

        // 75 per cent carry the load: a group has 1.4 times what it needs.
        Fail(0);
        Shares().ShouldBe([1, 0, 0]);
        Fail(1);
        Shares().ShouldBe([0.7, 0.3, 0], 0.01);
        Fail(2);
        Shares().ShouldBe([0.35, 0.65, 0], 0.01);
        Fail(4);
        // 0.35 and 0.65 of what is left: 0.7 of the second group's half.
        Shares().ShouldBe([0.35, 0.65, 0], 0.06);
        Fail(3);
        Shares().ShouldBe([0, 0.7, 0.3], 0.01);
        Fail(5);
        Shares().ShouldBe([0, 0, 1]);
        cluster.Set.IsPanicking.ShouldBeFalse();
        Fail(6);
        // Nobody is healthy: all of the first group are asked.
        cluster.Set.IsPanicking.ShouldBeTrue();
        Shares().ShouldBe([1, 0, 0]);

        void Fail(int endpoint)
        {
            cluster.State(endpoint).Unhealthy = true;
            cluster.Rebuild();
        }

        double[] Shares() => [Sum(0, 4), Sum(4, 2), Sum(6, 1)];
        double Sum(int from, int count) => Enumerable.Range(from, count).Sum(cluster.Weight);
    }

    [Theory]
    [InlineData(50, 1, false)]
    [InlineData(50, 2, false)]
    [InlineData(50, 3, true)]
    [InlineData(0, 3, false)]
    [InlineData(0, 4, false)]
    [InlineData(100, 2, true)]
    public async Task With_too_few_healthy_ones_health_is_not_looked_at(int threshold, int failed, bool panics)
    {
        var cluster = await TrialCluster.MakeAsync($"panic-threshold: {threshold}%", 4);
        for (var i = 0; i < failed; i++) cluster.State(i).Ejected = true;
        cluster.Rebuild();
        cluster.Set.IsPanicking.ShouldBe(panics);
        cluster.Set.Open.Length.ShouldBe(panics ? 4 : 4 - failed);
        if (failed == 4 && !panics) cluster.Pick().ShouldBe(-1);
    }

    [Theory]
    // As much in each of three zones: all stays at home.
    [InlineData("a1,a2,b1,b2,c1,c2", 1.0)]
    // A sixth of the whole for a third of the clients: half of their requests go elsewhere.
    [InlineData("a1,b1,b2,b3,c1,c2", 0.5)]
    [InlineData("a1,a2,a3,b1", 1.0)]
    [InlineData("b1,c1", 0.0)]
    [InlineData("a1,a2", 1.0)]
    public async Task A_zone_keeps_what_it_can_carry(string endpoints, double local)
    {
        var cluster = await TrialCluster.MakeAsync("", endpoints.Split(',').Select(static n => $"{{ url: \"http://{n}\", zone: {n[0]} }}"), root: "zone: a");
        Enumerable.Range(0, cluster.Cluster.Endpoints.Length).Where(i => cluster.Cluster.Endpoints[i].Zone == "a").Sum(cluster.Weight).ShouldBe(local, 0.01);
        cluster.Set.Open.Length.ShouldBe(cluster.Set.Known.Count(e => local < 1 || e.Zone == "a"));
        // When the zone's own fail, the others do their part.
        for (var i = 0; i < cluster.Cluster.Endpoints.Length; i++)
            if (cluster.Cluster.Endpoints[i].Zone == "a" && endpoints.Contains('b', StringComparison.Ordinal)) cluster.State(i).Unhealthy = true;
        cluster.Rebuild();
        cluster.Set.Open.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_route_has_the_endpoints_with_its_labels()
    {
        var cluster = await TrialCluster.MakeAsync("", ["{ url: \"http://a\", labels: { version: v1 } }", "{ url: \"http://b\", labels: { version: v2, canary: yes } }", "http://c"], subset: "version: v2");
        cluster.Set.Open.Select(static e => e.Url).ShouldBe(["http://b"]);
        cluster.Cluster.State.All.Set.Open.Length.ShouldBe(3);
    }

    [Fact]
    public async Task What_drains_takes_nothing_new_and_no_panic_changes_that()
    {
        var cluster = await TrialCluster.MakeAsync("", 3);
        cluster.State(0).Draining = true;
        // Before the set is made anew too.
        Enumerable.Range(0, 100).ShouldAllBe(_ => cluster.Pick(0, default, 0, 0) != 0);
        cluster.State(1).Unhealthy = cluster.State(2).Unhealthy = true;
        cluster.Rebuild();
        cluster.Set.Open.Length.ShouldBe(2);
    }

    [Fact]
    public async Task The_share_of_one_that_comes_grows()
    {
        var cluster = await TrialCluster.MakeAsync("slow-start: 10s", 2);
        cluster.State(0).WarmingSince = 1_000_000;
        foreach (var (after, share) in new[] { (0, 0.1), (1_000, 0.1), (5_000, 0.5), (9_000, 0.9), (20_000, 1.0) })
        {
            cluster.Rebuild(1_000_000 + after);
            (cluster.Weight(0) / cluster.Weight(1)).ShouldBe(share, 0.01);
        }
    }

    [Fact]
    public async Task What_failed_just_now_is_not_picked_though_the_set_has_it()
    {
        foreach (var balancer in new[] { "round-robin", "random", "least-requests", "power-of-two", "least-time", "hash" })
        {
            var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", 3);
            cluster.State(1).Ejected = true;
            Enumerable.Range(0, 200).ShouldAllBe(i => cluster.Pick((ulong)i * 7919, default, 0, 0) != 1);
            // Rather a sick one than none.
            cluster.State(0).Ejected = cluster.State(2).Ejected = true;
            cluster.Pick().ShouldBeGreaterThanOrEqualTo(0);
        }
    }

    [Fact]
    public void A_slow_answer_is_remembered_at_once_and_forgotten_slowly()
    {
        var latency = new LatencyAverage();
        latency.At(5).ShouldBe(0);
        latency.Add(1_000, 10, peaks: true);
        latency.Add(50_000, 11, peaks: true);
        latency.At(11).ShouldBe(50_000, 1);
        latency.Add(1_000, 12, peaks: true);
        latency.At(12).ShouldBeInRange(45_000, 50_000);
        latency.At(10_012).ShouldBeLessThan(20_000);
        for (var i = 0; i < 1_000; i++) latency.Add(1_000, 13, peaks: true);
        latency.At(13).ShouldBe(1_000, 10);
        latency.AddFailure(10, 14, peaks: true);
        latency.At(14).ShouldBe(100_000, 1);
    }

    [Fact]
    public void Without_peaks_one_slow_answer_changes_little()
    {
        var latency = new LatencyAverage();
        for (var i = 0; i < 1_000; i++) latency.Add(1_000, i, peaks: false);
        latency.Add(50_000, 1_000, peaks: false);
        latency.At(1_000).ShouldBe(1_490, 10);
        // Where answers are rare, each of them says more.
        latency.Add(50_000, 11_000, peaks: false);
        latency.At(11_000).ShouldBeInRange(30_000, 35_000);
    }

    // After an outage of all, the one that failed most often would else get nothing for as long as it takes to forget e^1000.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void However_often_it_failed_it_is_tried_again_within_a_minute(bool peaks)
    {
        var latency = new LatencyAverage();
        for (var i = 0; i < 100_000; i++) latency.AddFailure(10, 20 + i, peaks);
        latency.At(160_000).ShouldBeInRange(1, 6_000);
        for (var i = 0; i < 2_000; i++) latency.Add(1_000, 160_000, peaks);
        latency.At(160_000).ShouldBe(1_000, 10);
        // Of one that takes long anyway, no failure is quick.
        latency.Add(20_000_000, 300_000, peaks: true);
        latency.AddFailure(10, 300_001, peaks);
        latency.At(300_001).ShouldBe(20_000_000, 100_000);
    }

    [Theory]
    [InlineData("power-of-two")]
    [InlineData("least-time")]
    public async Task However_long_one_took_it_is_asked_before_the_other_has_more_than_ten_times_as_much(string balancer)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", 2);
        cluster.State(0).Latency.Add(60_000_000, 1, peaks: true);
        cluster.State(1).Latency.Add(1_000, 1, peaks: true);
        for (var i = 0; i < 9; i++)
        {
            Mostly().ShouldBe(1);
            cluster.State(1).BeginAttempt();
        }

        cluster.State(1).BeginAttempt();
        Mostly().ShouldBe(0);

        // All draws may be of the same one.
        int Mostly() => Enumerable.Range(0, 99).Select(_ => cluster.Pick(now: 1)).Order().ElementAt(49);
    }

    // Else one that fails would never be seen failing as often as it takes to be ejected.
    [Theory]
    [InlineData("power-of-two")]
    [InlineData("least-time")]
    public async Task Who_is_avoided_is_asked_now_and_then(string balancer)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", 2);
        cluster.State(0).Latency.Add(60_000_000, 1, peaks: true);
        cluster.State(1).Latency.Add(1_000, 1, peaks: true);
        (Enumerable.Range(0, 50_000).Count(_ => cluster.Pick(now: 1) == 0) / 50_000.0).ShouldBeInRange(0.002, 0.006);
    }

    // Two in flight: as many as a light endpoint would have of sixty.
    [Fact]
    public async Task A_light_endpoint_is_no_way_out_for_a_heavy_one_that_has_little_to_do()
    {
        var cluster = await TrialCluster.MakeAsync("", ["{ url: \"http://a\", weight: 30 }", "{ url: \"http://b\", weight: 1 }"]);
        cluster.State(0).BeginAttempt();
        cluster.State(0).BeginAttempt();
        cluster.Shares(20_000)[1].ShouldBe(1 / 31.0, 0.01);
    }

    // A light endpoint is not forgotten for a heavy one, though that is never busy by its weight.
    [Theory]
    [InlineData("power-of-two")]
    [InlineData("least-time")]
    [InlineData("least-requests")]
    public async Task Shares_go_by_weight_while_little_is_in_flight(string balancer)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", ["{ url: \"http://a\", weight: 90 }", "{ url: \"http://b\", weight: 10 }"]);
        cluster.Shares(20_000)[1].ShouldBe(0.1, 0.01);
    }
}
