using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Mirroring.MirrorSite;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>Whatever the mirror does or does not, and however the request itself ends, the client sees nothing of the copy.</summary>
public sealed class HostileTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_mirror_that_is_down_costs_its_own_cluster_alone()
    {
        await using var origin = Origin.Answering();
        await using var site = await StartAsync(origin.Url, Origin.Refusing());
        using var client = await site.Gateway.ConnectAsync();
        for (var i = 0; i < 3; i++) (await client.AskAsync(Post("body"))).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Failed, 3);
        var clusters = site.Gateway.Gateway.Current!.Clusters;
        clusters["origin"].Endpoints[0].State.PerLoop[0].Failures.ShouldBe(0);
        clusters["shadow"].Endpoints[0].State.PerLoop[0].Failures.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_mirror_that_never_answers_ends_by_its_own_timeout()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Held(new TaskCompletionSource().Task);
        await using var site = await StartAsync(origin.Url, shadow.Url, "timeout: 50ms, compare: {}");
        (await site.Gateway.AskAsync(Post("body"))).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.TimedOut);
        site.Count(MirrorResult.Incomplete).ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 2xx\r\n\r\n")]
    public async Task A_mirror_that_resets_or_speaks_nonsense_is_a_failure_of_the_copy(string answer)
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(answer);
            wire.Reset();
        });
        await using var site = await StartAsync(origin.Url, shadow.Url);
        (await site.Gateway.AskAsync(Post("body"))).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mirror_that_answers_before_the_body_is_over_does_not_end_the_request(bool closes)
    {
        await using var origin = Origin.Answering(static r => $"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{r.Body.Length:00000}");
        await using var shadow = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("first");
            await wire.SendAsync(Origin.Ok);
            if (!closes) await wire.ReadToEndAsync();
        });
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nfirst");
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.Answered) == 1);
        await client.SendAsync(new string('x', 9995));
        (await client.ReadResponseAsync("POST")).Body.ShouldBe("10000");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_not_read_on()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + new string('x', 100_000));
        await using var site = await StartAsync(origin.Url, shadow.Url, "response: 20KiB");
        (await site.Gateway.AskAsync(Get)).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.TooLarge);
        site.Gateway.IdleUpstream.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_by_the_timeout()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) await wire.SendAsync("4000\r\n" + new string('x', 0x4000) + "\r\n");
        }, records: false);
        await using var site = await StartAsync(origin.Url, shadow.Url, "response: 0, timeout: 100ms");
        using var client = await site.Gateway.ConnectAsync();
        (await client.AskAsync(Get)).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.TimedOut);
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_copy_along()
    {
        await using var origin = Origin.Held(new TaskCompletionSource().Task);
        var isReset = new TaskCompletionSource<bool>();
        await using var shadow = Origin.Start(async (wire, _) => isReset.SetResult((await wire.ReadToAnyEndAsync()).IsReset));
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using (var client = await site.Gateway.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nfirst");
            await TestGateway.EventuallyAsync(() => shadow.Received.Contains("first", StringComparison.Ordinal));
            client.Reset();
        }

        // Half a body is not to be taken for a whole one.
        (await isReset.Task.WaitAsync(Patience)).ShouldBeTrue();
        await site.ShouldComeToAsync(MirrorOutcome.Abandoned);
    }

    [Fact]
    public async Task A_client_that_leaves_after_its_request_leaves_the_copy_alone()
    {
        var answer = new TaskCompletionSource();
        await using var origin = Origin.Held(new TaskCompletionSource().Task);
        await using var shadow = Origin.Held(answer.Task);
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: {}");
        using (var client = await site.Gateway.ConnectAsync())
        {
            await client.SendAsync(Post("body"));
            await TestGateway.EventuallyAsync(() => shadow.Received.EndsWith("body", StringComparison.Ordinal) && origin.Received.EndsWith("body", StringComparison.Ordinal));
            client.Reset();
        }

        await TestGateway.EventuallyAsync(() => site.Gateway.Active == 1);
        answer.SetResult();
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        site.Count(MirrorResult.Incomplete).ShouldBe(1);
    }

    [Fact]
    public async Task The_time_that_a_client_takes_is_not_the_copys()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, "timeout: 100ms", route: "limits: { body-rate: 0 }");
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
        foreach (var part in "slow")
        {
            await Task.Delay(70);
            await client.SendAsync(part.ToString());
        }

        (await client.ReadResponseAsync("POST")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        shadow.Received.ShouldEndWith("slow");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_mirror_that_takes_nothing_does_not_hold_up_a_body_larger_than_the_window(int loops)
    {
        // Somebody's own sluggishness is no failure of the endpoint.
        (await PassAsync(8 * 1024 * 1024, "window: 64KiB", MirrorOutcome.TooSlow, "limits: { body: 0 }", loops)).ShouldBe(0);
    }

    [Fact]
    public Task A_body_that_waits_in_the_window_waits_no_longer_than_the_timeout() => PassAsync(6 * 1024 * 1024, "window: 8MiB, timeout: 100ms", MirrorOutcome.TimedOut);

    [Fact]
    public async Task A_mirror_that_keeps_up_gets_a_body_far_larger_than_the_window()
    {
        const int Pieces = 256, Piece = 32 * 1024;
        var (taken, copied) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        Origin Counting(SemaphoreSlim piece) => Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            for (var i = 0; i < Pieces; i++)
            {
                await wire.SkipAsync(Piece);
                piece.Release();
            }

            await wire.SendAsync(Origin.Ok);
        }, records: false);
        await using var origin = Counting(taken);
        await using var shadow = Counting(copied);
        await using var site = await StartAsync(origin.Url, shadow.Url, "window: 64KiB");
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Pieces * Piece}\r\n\r\n");
        for (var i = 0; i < Pieces; i++)
        {
            await client.SendAsync(new byte[Piece]);
            (await taken.WaitAsync(Patience) && await copied.WaitAsync(Patience)).ShouldBeTrue(site.Outcomes());
        }

        (await client.ReadResponseAsync("POST")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
    }

    [Fact]
    public async Task Copies_beyond_the_number_are_not_made()
    {
        var answer = new TaskCompletionSource();
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Held(answer.Task);
        await using var site = await StartAsync(origin.Url, shadow.Url, "concurrency: 2", loops: 2);
        for (var i = 0; i < 20; i++) (await site.Gateway.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.Skipped) == 18);
        site.State.Running.ShouldBe(2);
        answer.SetResult();
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.Answered) == 2);
        await site.ShouldBeQuietAsync();
        (await site.Gateway.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.Answered) == 3);
    }

    [Fact]
    public async Task A_loop_holds_so_much_for_copies_and_no_more()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url);
        await site.Gateway.Gateway.Loops[0].RunAsync(static l => l.Mirrors.Memory.Bytes = Proxy.Wire.BodyMemory.Limit);
        (await site.Gateway.AskAsync(Post("body"))).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.TooSlow) == 1);
        await site.Gateway.Gateway.Loops[0].RunAsync(static l => l.Mirrors.Memory.Bytes -= Proxy.Wire.BodyMemory.Limit);
        await site.ShouldComeToAsync(MirrorOutcome.TooSlow);
    }

    [Fact]
    public async Task A_request_that_is_tried_again_is_copied_once()
    {
        await using var origin = Origin.Start(static async (wire, number) =>
        {
            (await wire.ReadRequestAsync()).Body.ShouldBe("0123456789");
            if (number < 2) wire.Reset();
            else await wire.SendAsync(Origin.Ok);
        });
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, cluster: "retry: { attempts: 3, backoff: 0 }, health: { outliers: false }");
        (await site.Gateway.AskAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", "PUT")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        origin.Connections.Count.ShouldBe(3);
        shadow.Connections.Count.ShouldBe(1);
        shadow.Received.ShouldEndWith("\r\n\r\n0123456789");
    }

    [Fact]
    public async Task A_copy_expects_nothing_and_waits_for_the_body_that_its_request_waits_for()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            (await wire.ReadUntilAsync("\r\n\r\n")).ShouldContain("Expect: 100-continue");
            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await wire.ReadUntilAsync("body");
            await wire.SendAsync(Origin.Ok);
        });
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        (await client.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100");
        await client.SendAsync("body");
        (await client.ReadResponseAsync("POST")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        shadow.Received.ShouldNotContain("Expect");
    }

    [Fact]
    public async Task A_request_that_is_refused_before_its_body_leaves_no_half_copy()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        (await client.ReadResponseAsync("POST")).Status.ShouldBe(417);
        await site.ShouldComeToAsync(MirrorOutcome.Abandoned);
    }

    [Fact]
    public async Task A_body_over_the_routes_limit_ends_both()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, route: "limits: { body: 10 }");
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n");
        (await client.ReadResponseAsync("POST")).Refusal.ShouldBe("body-too-large");
        await site.ShouldComeToAsync(MirrorOutcome.Abandoned);
    }

    [Fact]
    public async Task A_head_that_has_no_room_as_a_copy_is_not_copied()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, listener: "limits: { header: 256KiB }");
        (await site.Gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 140_000)}\r\n\r\n")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Failed);
        shadow.Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_copies()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Held(new TaskCompletionSource().Task);
        await using var site = await StartAsync(origin.Url, shadow.Url, "timeout: 1h", loops: 2);
        for (var i = 0; i < 6; i++) await site.Gateway.AskAsync(Get);
        site.State.Running.ShouldBe(6);
        (await site.Gateway.Gateway.DrainAsync(Patience).WaitAsync(Patience)).ShouldBe(0);
        await site.ShouldComeToAsync(MirrorOutcome.Abandoned, 6);
        site.Gateway.Gateway.Current!.Clusters["shadow"].Endpoints[0].State.Connections.ShouldBe(0);
        site.Gateway.Refusals(Refusal.ShuttingDown).ShouldBe(0);
    }

    // A body that the origin gets whole, beside a mirror that accepts and reads neither head nor body; how often its endpoint is said to have failed.
    private static async Task<long> PassAsync(int length, string mirror, MirrorOutcome outcome, string route = "", int loops = 1)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SkipAsync(length);
            await wire.SendAsync(Origin.Ok);
        }, records: false);
        await using var shadow = Origin.Start(static (_, _) => Task.Delay(Timeout.Infinite), records: false, receiveBuffer: 4096);
        await using var site = await StartAsync(origin.Url, shadow.Url, mirror, route, loops: loops);
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        await client.SendAsync(new byte[length]);
        (await client.ReadResponseAsync("POST")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(outcome);
        return site.Gateway.Gateway.Current!.Clusters["shadow"].Endpoints[0].State.PerLoop.Sum(static c => c.Failures);
    }
}
