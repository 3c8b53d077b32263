using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using static Weir.Proxy.Tests.Mirroring.MirrorSite;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>Mirrors that misbehave as only HTTP/2 allows.</summary>
public sealed class Http2Tests
{
    private const int Length = 1024 * 1024;

    [Theory]
    [InlineData("stall", "TooSlow", 8)]
    [InlineData("reset", "Failed", -1)]
    [InlineData("answer", "Answered", -1)]
    [InlineData("answer-and-stall", "TooSlow", 8)]
    public async Task A_large_body_reaches_its_origin_whatever_the_mirror_does(string act, string outcome, int code)
    {
        var (ended, more) = (new TaskCompletionSource<uint>(), new TaskCompletionSource());
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SkipAsync(Length);
            await wire.SendAsync(Origin.Ok);
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
        }, records: false);
        // It widens no window: a stream gets 64 KiB.
        await using var shadow = new Http2Origin(async (wire, number) =>
        {
            if (number == 0)
            {
                while (await wire.ReadFrameAsync() != Http2Wire.Data)
                {
                }

                if (act.StartsWith("answer", StringComparison.Ordinal)) await wire.HeadersAsync(1, endStream: act == "answer", (":status", "200"));
                if (act == "answer") await wire.ResetAsync(1, code: 0);
                if (act == "reset") await wire.ResetAsync(1, code: 8);
                more.TrySetResult();
                if (code >= 0) ended.SetResult(await wire.ReadResetAsync(1));
            }

            var id = number == 0 ? 3 : 1;
            await wire.ReadAnswerAsync(id);
            await wire.HeadersAsync(id, endStream: true, (":status", "200"));
            await wire.ReadEndAsync();
        });
        await using var site = await StartAsync(origin.Url, shadow.Url, "window: 128KiB", shadowCluster: "protocol: http2, retry: 1");
        using var client = await site.Gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Length}\r\n\r\n");
        await client.SendAsync(new byte[1000]);
        await more.Task.WaitAsync(TimeSpan.FromSeconds(30));
        if (code < 0) await TestGateway.EventuallyAsync(() => site.Count(Enum.Parse<MirrorOutcome>(outcome)) == 1, act);
        await client.SendAsync(new byte[Length - 1000]);
        (await client.ReadResponseAsync("POST")).Body.ShouldBe("ok");
        await site.ShouldComeToAsync(Enum.Parse<MirrorOutcome>(outcome));
        if (code >= 0) (await ended.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe((uint)code);

        // The connection serves the next copy.
        (await client.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => site.State.PerLoop[0].Outcomes.Sum() == 2 && site.Gateway.Active == 0);
        site.Count(MirrorOutcome.Answered).ShouldBe(outcome == "Answered" ? 2 : 1);
        shadow.Connections.ShouldBe(1);
        await site.ShouldBeQuietAsync();
    }
}
