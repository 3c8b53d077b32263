using Weir.Proxy.Model;
using Weir.Proxy.Tests.Balancing;

namespace Weir.Proxy.Tests.Retries;

/// <summary>What a budget is a share of: the requests of the last ten seconds.</summary>
public sealed class RetryWindowTests
{
    private readonly RetryWindow _window = new();
    private uint _begun = uint.MaxValue - 50;

    [Fact]
    public void The_share_is_that_of_requests_which_are_no_retries()
    {
        Begin(0, 100);
        Take(1).ShouldBe(20);
        Begin(500, 50);
        Take(500).ShouldBe(10);
    }

    [Fact]
    public void The_floor_is_let_through_in_every_ten_seconds()
    {
        Take(100_000, percent: 20, floor: 7).ShouldBe(7);
        Take(109_000, percent: 20, floor: 7).ShouldBe(0);
        Take(115_000, percent: 20, floor: 7).ShouldBe(3);
        Take(130_000, percent: 20, floor: 7).ShouldBe(7);
    }

    [Fact]
    public void What_was_fades_over_the_next_window()
    {
        Begin(0, 1000);
        Take(9_999).ShouldBe(200);
        Take(10_001).ShouldBe(0);
        // Half of the window before still counts, with its retries.
        Begin(15_000, 100);
        Take(15_000).ShouldBe(20);
        // Two windows later nothing of it does.
        Begin(31_000, 10);
        Take(31_000).ShouldBe(2);
    }

    [Fact]
    public void After_a_silence_what_was_long_ago_does_not_count()
    {
        Begin(0, 1000);
        Begin(60_000, 10);
        Take(60_000).ShouldBe(2);
    }

    [Fact]
    public async Task An_attempt_that_moves_to_another_endpoint_is_one_request()
    {
        var cluster = await TrialCluster.MakeAsync("", 2);
        cluster.State(0).BeginAttempt();
        cluster.State(0).MoveAttempt(cluster.State(1));
        (cluster.State(0).Active, cluster.State(1).Active).ShouldBe((0, 1));
        (cluster.Cluster.State.Active, cluster.Cluster.State.Begun).ShouldBe((1, 1u));
        cluster.State(1).EndAttempt();
        cluster.Cluster.State.Active.ShouldBe(0);
    }

    // Another loop looked at the count a moment later, and was quicker.
    [Fact]
    public void A_count_from_before_the_window_began_is_no_leave_for_all()
    {
        _window.Look(0, _begun + 2);
        Take(1).ShouldBe(0);
    }

    [Fact]
    public void Retries_that_cost_nothing_are_no_requests()
    {
        Begin(0, 100);
        for (var i = 0; i < 100; i++)
        {
            _window.Excuse(1, _begun);
            _begun++;
        }

        Take(2).ShouldBe(20);
        // In the window before they were none either.
        Take(15_000).ShouldBe(0);
    }

    [Fact]
    public void Without_a_share_and_a_floor_there_is_none()
    {
        Begin(0, 1000);
        Take(1, percent: 0, floor: 0).ShouldBe(0);
    }

    private void Begin(long now, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            _window.Look(now, _begun);
            _begun++;
        }
    }

    // Each retry that is let through is begun.
    private int Take(long now, double percent = 20, int floor = 0)
    {
        var taken = 0;
        for (; taken < 10_000 && _window.TryTake(now, _begun, percent, floor); taken++) _begun++;
        return taken;
    }
}
