using System.Threading.Channels;
using Weir.Proxy.Discovery;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>Sources that fail or end are asked again.</summary>
public sealed class SourceTests
{
    [Theory]
    [InlineData(false, new[] { 1, 2, 4, 8 })]
    [InlineData(true, new[] { 1, 1, 1, 1 })]
    public async Task A_source_that_ends_is_asked_again_later_and_later_unless_it_answered_in_between(bool answers, int[] pauses)
    {
        var clock = new PromptClock();
        await using var discovered = new Discovered("c", "short", "", "", new ShortSource(answers), [], clock);
        discovered.Start(static _ => { }, static (_, _) => { });
        foreach (var pause in pauses) (await clock.Waits.ReadAsync()).ShouldBe(TimeSpan.FromSeconds(pause));
    }

    private sealed class ShortSource(bool answers) : EndpointSource
    {
        public override Task FindAsync(IEndpointFindings findings, CancellationToken stop)
        {
            if (answers) findings.Found([new FoundEndpoint("http://10.0.0.1")]);
            return Task.CompletedTask;
        }
    }

    // Time goes on as soon as somebody waits for it.
    private sealed class PromptClock : TimeProvider
    {
        private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();
        private long _now;

        public ChannelReader<TimeSpan> Waits => _waits.Reader;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(Volatile.Read(ref _now));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Add(ref _now, dueTime.Ticks);
            _waits.Writer.TryWrite(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }
}
