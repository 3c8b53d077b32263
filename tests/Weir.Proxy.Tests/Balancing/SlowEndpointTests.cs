using Xunit.Abstractions;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>
/// One endpoint of two, three or ten becomes ten times slower: what clients have of it, by balancer. Requests come at random at a steady rate and take
/// times that differ as those of real origins do (exponentially distributed), all on a clock that the test moves.
/// </summary>
public sealed class SlowEndpointTests(ITestOutputHelper output)
{
    private const int Requests = 200_000, Warming = 20_000;

    private const double Mean = 20, Times = 10;

    // Busy: requests in flight at each endpoint, in the mean, while all are well.
    [Theory]
    [InlineData("power-of-two", 10, 0.1, 0.85, 1.5)]
    [InlineData("power-of-two", 10, 0.5, 0.85, 1.5)]
    [InlineData("power-of-two", 10, 2, 0.85, 1.5)]
    [InlineData("power-of-two", 10, 4, 0.85, 1.5)]
    [InlineData("power-of-two", 10, 16, 0.85, 1.5)]
    [InlineData("power-of-two", 2, 0.5, 0.85, 1.5)]
    [InlineData("power-of-two", 2, 4, 0.85, 1.5)]
    [InlineData("power-of-two", 3, 0.1, 0.85, 1.5)]
    [InlineData("power-of-two", 3, 0.5, 0.85, 1.5)]
    [InlineData("power-of-two", 3, 4, 0.85, 1.5)]
    [InlineData("power-of-two", 3, 16, 0.85, 1.5)]
    [InlineData("least-time", 10, 0.1, 0.85, 1.5)]
    [InlineData("least-time", 10, 0.5, 0.85, 1.5)]
    [InlineData("least-time", 10, 4, 0.85, 1.5)]
    [InlineData("least-time", 10, 16, 0.85, 1.5)]
    [InlineData("least-time", 3, 0.5, 0.85, 1.5)]
    [InlineData("least-time", 3, 4, 0.85, 1.5)]
    [InlineData("least-requests", 10, 4, 0.85, 1.5)]
    [InlineData("round-robin", 10, 4, 3, 8)]
    [InlineData("random", 10, 4, 3, 8)]
    public async Task The_tail_is_nearly_as_without_it(string balancer, int endpoints, double busy, double atLeast, double atMost)
    {
        var (without, _) = await RunAsync(balancer, endpoints, busy, isOneSlow: false);
        var (with, share) = await RunAsync(balancer, endpoints, busy, isOneSlow: true);
        output.WriteLine($"{balancer}, {endpoints} endpoints, {busy} in flight each: p99 {without:0} ms, with it {with:0} ms ({with / without:0.00} ×); it had {share:0.00} % of the requests");
        (with / without).ShouldBeInRange(atLeast, atMost);
    }

    private static async Task<(double P99, double SlowShare)> RunAsync(string balancer, int endpoints, double busy, bool isOneSlow)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: {balancer}", endpoints);
        var random = new Random(1);
        var gap = Mean / (busy * endpoints);
        var inFlight = new PriorityQueue<(int Endpoint, double Took), double>();
        var took = new List<double>(Requests);
        var (now, slow) = (0.0, 0);
        for (var i = 0; i < Requests + Warming; i++)
        {
            now += Exponential(gap);
            while (inFlight.TryPeek(out _, out var over) && over <= now) End(over);
            var at = cluster.Pick(now: (long)now);
            cluster.State(at).BeginAttempt();
            var time = Exponential(isOneSlow && at == 0 ? Mean * Times : Mean);
            inFlight.Enqueue((at, time), now + time);
            if (i < Warming) continue;
            took.Add(time);
            if (at == 0) slow++;
        }

        took.Sort();
        return (took[(int)(took.Count * 0.99)], 100.0 * slow / took.Count);

        void End(double over)
        {
            var (at, time) = inFlight.Dequeue();
            cluster.State(at).EndAttempt();
            cluster.State(at).Latency.Add(time * 1000, (long)over, balancer == "least-time");
        }

        double Exponential(double mean) => -Math.Log(1 - random.NextDouble()) * mean;
    }
}
