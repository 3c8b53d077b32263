using System.Threading.Channels;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>
/// Server-sent events and their like: each piece is passed on when it comes. The origin sends the next only when the client has
/// had the one before, so that a piece that is kept back ends the test.
/// </summary>
public class StreamingTests
{
    private const string Policies = "policies: [{ headers: { response: { set: { X-By: weir } } } }]";
    private const int Events = 20;

    public static TheoryData<Framing, bool> Ways => new() { { Framing.Chunked, false }, { Framing.Chunked, true }, { Framing.Http2, false }, { Framing.Http2, true } };

    [Theory]
    [InlineData(Framing.Chunked, false, "")]
    [InlineData(Framing.Chunked, true, Policies)]
    [InlineData(Framing.UntilClose, false, Policies)]
    [InlineData(Framing.UntilClose, true, "")]
    [InlineData(Framing.Http2, false, Policies)]
    [InlineData(Framing.Http2, true, "")]
    public async Task Every_event_is_there_before_the_next_is_sent(Framing framing, bool http2, string policies)
    {
        var had = Channel.CreateUnbounded<int>();
        await using var origin = StreamOrigin.Start(framing, async send =>
        {
            for (var i = 0; i < Events; i++)
            {
                await send(Event(i));
                (await had.Reader.ReadAsync()).ShouldBe(i);
                // Long enough for every buffer to be let go.
                if (i == Events / 2) await Task.Delay(300);
            }
        });
        await using var gateway = await StartAsync(origin, policies);
        using var client = await StreamClient.AskAsync(gateway, http2);
        if (policies.Length > 0) client.Head.ShouldContain("weir");
        for (var i = 0; i < Events; i++)
        {
            await client.ReadAsync(Event(i));
            had.Writer.TryWrite(i);
        }

        await client.ReadEndAsync();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_origin_hears_at_once_that_its_reader_is_gone(Framing framing, bool http2)
    {
        await using var origin = StreamOrigin.Start(framing, static async send =>
        {
            await send(Event(0));
            // From here on it is silent: nothing that is written fails first.
            await Task.Delay(Timeout.Infinite);
        });
        await using var gateway = await StartAsync(origin, "timeouts: { idle: 1h }");
        using var client = await StreamClient.AskAsync(gateway, http2);
        await client.ReadAsync(Event(0));
        client.Cut();
        await IsGoneAsync(origin, gateway);
    }

    [Fact]
    public async Task A_client_of_http1_that_finished_sending_may_still_be_reading_and_is_gone_when_what_it_is_sent_is_refused()
    {
        var go = new TaskCompletionSource();
        await using var origin = StreamOrigin.Start(Framing.Chunked, async send =>
        {
            await send(Event(0));
            await go.Task;
            for (var i = 1; ; i++)
            {
                await send(Event(i));
                await Task.Delay(1);
            }
        });
        await using var gateway = await StartAsync(origin, "timeouts: { idle: 1h }");
        using (var client = await StreamClient.AskAsync(gateway, http2: false)) await client.ReadAsync(Event(0));
        go.SetResult();
        await IsGoneAsync(origin, gateway);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_long_poll_is_answered_when_there_is_something(Framing framing, bool http2)
    {
        var something = new TaskCompletionSource();
        await using var origin = StreamOrigin.Start(framing, async send => await send("something"), something.Task);
        await using var gateway = await StartAsync(origin, Policies);
        var asking = StreamClient.AskAsync(gateway, http2);
        await TestGateway.EventuallyAsync(() => origin.Asked == 1);
        await Task.Delay(100);
        asking.IsCompleted.ShouldBeFalse();
        something.SetResult();
        using var client = await asking;
        await client.ReadAsync("something");
        await client.ReadEndAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_long_poll_that_nobody_waits_for_is_called_off(Framing framing, bool http2)
    {
        await using var origin = StreamOrigin.Start(framing, static send => send("something"), new TaskCompletionSource().Task);
        await using var gateway = await StartAsync(origin, "");
        using var client = await StreamClient.ConnectAsync(gateway, http2);
        await client.SendRequestAsync();
        await TestGateway.EventuallyAsync(() => origin.Asked == 1);
        client.Cut();
        await IsGoneAsync(origin, gateway);
    }

    private static async Task IsGoneAsync(StreamOrigin origin, TestGateway gateway)
    {
        await origin.ReaderGone.WaitAsync(TimeSpan.FromSeconds(10));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    private static string Event(int number) => $"data: {number}\n\n";

    private static Task<TestGateway> StartAsync(StreamOrigin origin, string route) => TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, route: route, cluster: origin.Cluster));

    public enum Framing { Chunked, UntilClose, Http2 }

    // An origin that answers its first request with what a script sends.
    private sealed class StreamOrigin : IAsyncDisposable
    {
        private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly IAsyncDisposable _origin;
        private int _asked;

        private StreamOrigin(Framing framing, Func<Func<string, Task>, Task> script, Task until)
        {
            if (framing == Framing.Http2)
            {
                var origin = new Http2Origin((wire, _) => RunAsync(wire, script, until));
                (_origin, Url, Cluster) = (origin, origin.Url, "protocol: http2");
            }
            else
            {
                var origin = Origin.Start((wire, _) => RunAsync(wire, framing == Framing.Chunked, script, until));
                (_origin, Url, Cluster) = (origin, origin.Url, "");
            }
        }

        public string Url { get; }

        public string Cluster { get; }

        public int Asked => Volatile.Read(ref _asked);

        public Task ReaderGone => _gone.Task;

        public static StreamOrigin Start(Framing framing, Func<Func<string, Task>, Task> script, Task? until = null) => new(framing, script, until ?? Task.CompletedTask);

        public ValueTask DisposeAsync() => _origin.DisposeAsync();

        private async Task RunAsync(RawConnection wire, bool chunked, Func<Func<string, Task>, Task> script, Task until)
        {
            await wire.ReadRequestAsync();
            Interlocked.Increment(ref _asked);
            var answering = AnswerAsync();
            var watching = WatchAsync(wire.ReadToAnyEndAsync());
            if (await Task.WhenAny(answering, watching) == answering) await answering;
            await watching;

            async Task AnswerAsync()
            {
                await until;
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{(chunked ? "Transfer-Encoding: chunked" : "Connection: close")}\r\n\r\n");
                await script(text => wire.SendAsync(chunked ? $"{text.Length:x}\r\n{text}\r\n" : text));
                if (chunked) await wire.SendAsync("0\r\n\r\n");
                else wire.FinishSending();
            }
        }

        private async Task RunAsync(Http2Wire wire, Func<Func<string, Task>, Task> script, Task until)
        {
            await wire.ReadAnswerAsync(1);
            Interlocked.Increment(ref _asked);
            var watching = WatchAsync(wire.ReadResetAsync(1));
            var answering = AnswerAsync();
            if (await Task.WhenAny(answering, watching) == answering) await answering;
            await watching;

            async Task AnswerAsync()
            {
                await until;
                await wire.HeadersAsync(1, endStream: false, (":status", "200"), ("content-type", "text/event-stream"));
                await script(text => wire.DataAsync(1, text, endStream: false));
                await wire.DataAsync(1, "", endStream: true);
            }
        }

        private async Task WatchAsync(Task reading)
        {
            await reading;
            _gone.TrySetResult();
        }
    }

    private abstract class StreamClient : IDisposable
    {
        public abstract string Head { get; }

        public static async Task<StreamClient> ConnectAsync(TestGateway gateway, bool http2)
            => http2 ? new OverHttp2(await Http2Wire.ConnectAsync(gateway)) : new OverHttp1(await gateway.ConnectAsync());

        public static async Task<StreamClient> AskAsync(TestGateway gateway, bool http2)
        {
            var client = await ConnectAsync(gateway, http2);
            await client.SendRequestAsync();
            await client.ReadHeadAsync();
            return client;
        }

        public abstract Task SendRequestAsync();

        public abstract Task ReadHeadAsync();

        public abstract Task ReadAsync(string text);

        public abstract Task ReadEndAsync();

        /// <summary>The client is gone.</summary>
        public abstract void Cut();

        public abstract void Dispose();

        private sealed class OverHttp1(RawConnection wire) : StreamClient
        {
            private string _head = "";

            public override string Head => _head;

            public override Task SendRequestAsync() => wire.SendAsync("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");

            public override async Task ReadHeadAsync()
            {
                _head = await wire.ReadUntilAsync("\r\n\r\n");
                _head.ShouldContain("chunked");
            }

            // In a chunk of its own.
            public override async Task ReadAsync(string text) => (await wire.ReadUntilAsync(text + "\r\n")).ShouldBe($"{text.Length:x}\r\n{text}\r\n");

            public override async Task ReadEndAsync() => (await wire.ReadUntilAsync("0\r\n\r\n")).ShouldBe("0\r\n\r\n");

            public override void Cut() => wire.Reset();

            public override void Dispose() => wire.Dispose();
        }

        private sealed class OverHttp2(Http2Wire wire) : StreamClient
        {
            private int _read;

            public override string Head => string.Join('|', wire.Answer(1).Fields);

            public override Task SendRequestAsync() => wire.HeadersAsync(1, endStream: true, Http2Gateway.Ask("/events"));

            public override async Task ReadHeadAsync() => (await wire.ReadStatusAsync(1)).ShouldBe("200");

            public override async Task ReadAsync(string text)
            {
                (await wire.ReadBodyAsync(1, _read, text.Length)).ShouldBe(text);
                _read += text.Length;
            }

            public override async Task ReadEndAsync() => (await wire.ReadAnswerAsync(1)).Body.Length.ShouldBe(_read);

            public override void Cut() => wire.Dispose();

            public override void Dispose() => wire.Dispose();
        }
    }
}
