using System.Collections.Concurrent;
using System.Threading.Channels;
using Weir.Config;
using Weir.Proxy.Discovery;
using Weir.Proxy.Tests.Fixture;
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

    [Fact]
    public async Task What_cannot_be_an_endpoint_is_told_once_and_is_known_as_long_as_it_is_found()
    {
        const string Yaml = "version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { all: { forward: c } }\nclusters: { c: { discover: { file: any } } }";
        var said = new ConcurrentQueue<string?>();
        var source = new TestSource();
        await using var gateway = new Gateway(new GatewayOptions { Loops = 1, Factories = [], Sources = [new TestFactory(source)], OnDiscovery = (_, _, reason) => said.Enqueue(reason) });
        (await gateway.ApplyAsync(ConfigReader.LoadText(Yaml, []))).IsApplied.ShouldBeTrue();
        var (good, bad) = (new FoundEndpoint("http://10.0.0.1"), new FoundEndpoint("udp://10.0.0.1:1"));
        source.Findings.Found([good, bad]);
        await TestGateway.EventuallyAsync(() => said.Count == 1);
        source.Findings.Found([good, bad]);
        gateway.Discovered["c"].Error.ShouldBe("'udp://10.0.0.1:1': routes forward HTTP");
        source.Findings.Found([good]);
        await TestGateway.EventuallyAsync(() => gateway.Discovered["c"].Error is null);
        await TestGateway.EventuallyAsync(() => said.Count == 2);
        said.ShouldBe(["'udp://10.0.0.1:1': routes forward HTTP", null]);
    }

    private sealed class TestFactory(TestSource source) : EndpointSourceFactory<string>
    {
        public override string Kind => "file";

        public override EndpointSource Create(string config, SourceSetup setup) => source;
    }

    private sealed class TestSource : EndpointSource
    {
        private readonly TaskCompletionSource<IEndpointFindings> _findings = new();

        public IEndpointFindings Findings => _findings.Task.Result;

        public override async Task FindAsync(IEndpointFindings findings, CancellationToken stop)
        {
            findings.Found([]);
            _findings.SetResult(findings);
            await Task.Delay(Timeout.Infinite, stop);
        }
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
