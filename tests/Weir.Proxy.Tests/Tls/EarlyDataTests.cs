using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Requests that come before the handshake is made: served when they do nothing, and origins are told.</summary>
public sealed class EarlyDataTests : IDisposable
{
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_get_is_served_early_and_the_next_request_is_not_early()
    {
        await using var origin = Seeing();
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        var said = await EarlyAsync(gateway, "GET /early HTTP/1.1\r\nHost: one.test\r\n\r\n");
        said.ShouldContain("Early data was accepted");
        said.ShouldContain("X-Seen: /early 1\r\n");
        said.ShouldContain("X-Seen: /late 0\r\n");
        gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBe(0);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0);
    }

    [Fact]
    public async Task What_does_something_is_sent_back_until_the_handshake_is_made()
    {
        await using var origin = Seeing();
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        var said = await EarlyAsync(gateway, "POST /early HTTP/1.1\r\nHost: one.test\r\nContent-Length: 2\r\n\r\nhi");
        said.ShouldContain("Early data was accepted");
        said.ShouldContain("HTTP/1.1 425 Too Early");
        said.ShouldContain("X-Seen: /late 0\r\n");
        gateway.Refusals(Refusal.TooEarly).ShouldBe(1);
        origin.Received.ShouldNotContain("/early");
    }

    [Fact]
    public async Task Requests_that_came_together_are_all_early()
    {
        await using var origin = Seeing();
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        var said = await EarlyAsync(gateway, "GET /a HTTP/1.1\r\nHost: one.test\r\n\r\nGET /b HTTP/1.1\r\nHost: one.test\r\n\r\nDELETE /c HTTP/1.1\r\nHost: one.test\r\n\r\n");
        said.ShouldContain("X-Seen: /a 1\r\n");
        said.ShouldContain("X-Seen: /b 1\r\n");
        said.ShouldContain("HTTP/1.1 425 Too Early");
    }

    [Fact]
    public async Task A_request_that_is_only_begun_early_is_early_as_a_whole()
    {
        await using var origin = Seeing();
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        (await EarlyAsync(gateway, "GET /early HTTP/1.1\r\nHost: one", ".test\r\n\r\n" + Late)).ShouldContain("X-Seen: /early 1\r\n");
    }

    [Fact]
    public async Task The_handshake_does_not_wait_for_the_origin()
    {
        var heard = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var isEarly = (await wire.ReadRequestAsync()).Target == "/early";
                if (isEarly) await Task.WhenAny(heard.Task, Task.Delay(TimeSpan.FromSeconds(5)));
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nX-Seen: {isEarly && heard.Task.IsCompleted}\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        File.WriteAllText(_files.PathOf("early"), "GET /early HTTP/1.1\r\nHost: one.test\r\n\r\n");
        var said = await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_in {_files.PathOf("session")} -early_data {_files.PathOf("early")} -ign_eof -msg", Late, text =>
        {
            if (text.Contains("ServerHello", StringComparison.Ordinal)) heard.TrySetResult();
        });
        said.ShouldContain("Early data was accepted");
        said.ShouldContain("X-Seen: True\r\n");
    }

    [Fact]
    public async Task It_is_off_unless_it_is_asked_for()
    {
        await using var origin = Seeing();
        await using var gateway = await StartAsync(origin, "early-data: true");
        await FirstAsync(gateway);
        var certificate = $"{{ cert: \"{_files.PathOf("one.pem")}\", key: \"{_files.PathOf("one.key")}\" }}";
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, $"tls: {{ certificates: [{certificate}] }}"))).IsApplied.ShouldBeTrue();
        var said = await EarlyAsync(gateway, "GET /early HTTP/1.1\r\nHost: one.test\r\n\r\n");
        said.ShouldContain("Early data was rejected");
        said.ShouldNotContain("/early 1");
        said.ShouldContain("X-Seen: /late 0\r\n");
    }

    private const string Late = "GET /late HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n";

    private static Origin Seeing()
        => Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nX-Seen: {request.Target} {request.Fields.Count(static f => f is { Name: "Early-Data", Value: "1" })}\r\nContent-Length: 2\r\n\r\nok");

    private async Task FirstAsync(TestGateway gateway)
        => (await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_out {_files.PathOf("session")}")).ShouldContain("New, TLS");

    private Task<string> EarlyAsync(TestGateway gateway, string early, string late = Late)
    {
        File.WriteAllText(_files.PathOf("early"), early);
        return OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_in {_files.PathOf("session")} -early_data {_files.PathOf("early")} -ign_eof", late);
    }

    private Task<TestGateway> StartAsync(Origin origin, string tls)
        => TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{_files.Make("one", ["one.test"])}], {tls} }}");
}
