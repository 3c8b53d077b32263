using Weir.Http.Http2.Frames;

namespace Weir.Http.Tests.Http2.Frames;

/// <summary>A flood ends within a few hundred frames; what honest clients do never does.</summary>
public sealed class FloodGuardTests
{
    public static TheoryData<FloodKind> Kinds => [.. Enum.GetValues<FloodKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_flood_trips_within_a_few_hundred_frames(FloodKind kind)
    {
        var guard = default(FloodGuard);
        var allowed = 0;
        while (guard.Allow(kind, 1_000_000) && allowed < 1000) allowed++;
        allowed.ShouldBeInRange(20, 300);
        // Time refills it: a little soon, all of it later, and never more than that.
        guard.Allow(kind, 1_002_000).ShouldBeTrue();
        allowed = 0;
        while (guard.Allow(kind, 1_000_000_000_000) && allowed < 1000) allowed++;
        allowed.ShouldBeInRange(20, 300);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_clock_that_goes_back_refills_nothing(FloodKind kind)
    {
        var guard = default(FloodGuard);
        while (guard.Allow(kind, 1_000_000)) { }
        guard.Allow(kind, 0).ShouldBeFalse();
    }

    [Fact]
    public void A_slow_flood_trips_too()
    {
        var guard = default(FloodGuard);
        var now = 0L;
        var frames = 0;
        // A hundred resets a second.
        while (guard.Allow(FloodKind.Reset, now += 10) && frames < 10_000) frames++;
        frames.ShouldBeLessThan(400);
    }

    [Fact]
    public void A_client_that_completes_as_much_as_it_cancels_is_left_alone()
    {
        var guard = default(FloodGuard);
        for (var i = 0; i < 10_000; i++)
        {
            guard.Allow(FloodKind.Reset, 5).ShouldBeTrue();
            guard.Completed();
        }
    }

    [Fact]
    public void Pings_and_small_updates_that_go_with_data_are_left_alone()
    {
        var guard = default(FloodGuard);
        for (var i = 0; i < 10_000; i++)
        {
            guard.Allow(FloodKind.Ping, 5).ShouldBeTrue();
            guard.Allow(FloodKind.TinyWindow, 5).ShouldBeTrue();
            guard.Allow(FloodKind.TinyWindow, 5).ShouldBeTrue();
            guard.Allow(FloodKind.Unknown, 5).ShouldBeTrue();
            guard.Progress();
        }
    }

    [Fact]
    public void Work_done_gives_no_credit_for_later()
    {
        var guard = default(FloodGuard);
        for (var i = 0; i < 10_000; i++)
        {
            guard.Progress();
            guard.Completed();
        }

        var allowed = 0;
        while (guard.Allow(FloodKind.Ping, 5) && allowed < 1000) allowed++;
        allowed.ShouldBe(100);
        allowed = 0;
        while (guard.Allow(FloodKind.Reset, 5) && allowed < 1000) allowed++;
        allowed.ShouldBe(200);
    }

    [Fact]
    public void The_fault_says_to_calm_down()
    {
        FloodGuard.Fault.Code.ShouldBe(Http2ErrorCode.EnhanceYourCalm);
        FloodGuard.Fault.IsConnection.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(16_384, 7)]
    public void A_block_that_goes_on_and_on_is_ended(int length, int frames)
    {
        var budget = default(BlockBudget);
        var payload = new byte[length];
        for (var block = 0; block < 2; block++)
        {
            var allowed = 0;
            while (allowed < 100 && budget.Allow(new Frame(new FrameHeader(length, allowed == 0 ? FrameType.Headers : FrameType.Continuation, FrameFlags.None, 1), payload), 32 * 1024)) allowed++;
            allowed.ShouldBeInRange(frames, frames + 1);
        }
    }
}
