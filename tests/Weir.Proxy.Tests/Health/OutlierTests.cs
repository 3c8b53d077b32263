using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Health;

/// <summary>Endpoints that fail what they are sent, on a running gateway.</summary>
public sealed class OutlierTests
{
    private const string Bad = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData(Bad, "status 503")]
    [InlineData("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", "status 502")]
    [InlineData("HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n", "status 504")]
    [InlineData("nonsense\r\n\r\n", "a malformed answer")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut", "a body cut off")]
    [InlineData("{reset}", "reset")]
    [InlineData("{refused}", "connection refused")]
    [InlineData("{silent}", "no answer in time")]
    public async Task Failures_in_a_row_eject(string answer, string last)
    {
        await using var bad = Failing(answer);
        await using var good = Origin.Answering();
        var url = answer == "{refused}" ? Origin.Refusing() : bad.Url;
        await using var gateway = await TestGateway.StartAsync(Yaml("{ }", [url, good.Url], "timeouts: { first-byte: 20ms }, "));
        await AskUntilAsync(gateway, 1);
        var change = gateway.HealthChanges.Single();
        (change.Endpoint, change.Event).ShouldBe((url, HealthEvent.Ejected));
        change.Reason.ShouldMatch($"^[0-9]+ failures in a row, the last: {last}; for 30 s$");
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 1);
        EndpointConditions.Of(ProbeTests.Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Ejected);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        ProbeTests.Endpoint(gateway, 0).State.Ejections.ShouldBe(1);
    }

    [Theory]
    // What the application makes of a request is its own business.
    [InlineData("HTTP/1.1 500 Fault\r\nContent-Length: 0\r\n\r\n", 500)]
    [InlineData("HTTP/1.1 429 Many\r\nContent-Length: 0\r\n\r\n", 429)]
    public async Task Other_answers_are_no_failures(string answer, int status)
    {
        await using var origin = Origin.Answering(answer);
        await using var other = Origin.Answering(answer);
        await using var gateway = await TestGateway.StartAsync(Yaml("{ consecutive: 2 }", [origin.Url, other.Url]));
        for (var i = 0; i < 20; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(status);
        gateway.Count(static (EndpointCounters c) => c.Faults).ShouldBe(0);
        gateway.HealthChanges.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_success_begins_the_count_anew_and_a_client_that_leaves_is_none()
    {
        var count = 0;
        await using var origin = Origin.Answering(_ => Interlocked.Increment(ref count) % 5 == 0 ? Origin.Ok : Bad);
        await using var other = Origin.Answering(_ => Interlocked.Increment(ref count) % 5 == 0 ? Origin.Ok : Bad);
        await using var gateway = await TestGateway.StartAsync(Yaml("{ }", [origin.Url], cluster: "retry: 1, "));
        for (var i = 0; i < 20; i++) await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        // Counted when the exchange is over, which may be after its answer is here.
        await TestGateway.EventuallyAsync(() => gateway.Count(static (EndpointCounters c) => c.Attempts) == 20 && ProbeTests.Endpoint(gateway, 0).State.FailuresInARow == 0);
        gateway.Count(static (EndpointCounters c) => c.Faults).ShouldBe(16);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => ProbeTests.Endpoint(gateway, 0).State.FailuresInARow == 1);
        await using var held = Origin.Held(new TaskCompletionSource().Task);
        (await gateway.ApplyAsync(Yaml("{ }", [held.Url]))).IsApplied.ShouldBeTrue();
        var state = ProbeTests.Endpoint(gateway, 0).State;
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await TestGateway.EventuallyAsync(() => state.Active == 1);
            client.Reset();
        }

        await TestGateway.EventuallyAsync(() => state.Active == 0);
        state.FailuresInARow.ShouldBe(0);
    }

    [Fact]
    public async Task Kept_connections_that_turn_out_closed_are_no_failures()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            // Closed as the next request comes.
            await wire.ReadRequestAsync();
            wire.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(Yaml("{ consecutive: 1 }", [origin.Url, Origin.Refusing()], cluster: "balancer: round-robin, "));
        await AskUntilAsync(gateway, 1);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 1);
        for (var i = 0; i < 20; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        ProbeTests.Endpoint(gateway, 0).State.FailuresInARow.ShouldBe(0);
        gateway.HealthChanges.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ejections_end_and_grow()
    {
        await using var bad = Origin.Answering(Bad);
        await using var good = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ ejection: 300ms, max-ejection: 500ms }", [bad.Url, good.Url]));
        await AskUntilAsync(gateway, 5);
        gateway.HealthChanges.Take(5).Select(static c => $"{c.Event}: {c.Reason[(c.Reason.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim()}")
            .ShouldBe(["Ejected: for 0.3 s", "Returned: its ejection is over", "Ejected: for 0.5 s", "Returned: its ejection is over", "Ejected: for 0.5 s"]);
    }

    [Fact]
    public async Task No_more_are_ejected_than_may_be_and_a_single_one_never()
    {
        var origins = Enumerable.Range(0, 5).Select(static i => i == 0 ? Origin.Answering() : Origin.Answering(Bad)).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml("{ max-ejected: 40% }", [.. origins.Select(static o => o.Url)]));
            for (var i = 0; i < 200; i++) await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await TestGateway.EventuallyAsync(() => gateway.HealthChanges.Count == 4);
            gateway.Gateway.Current!.Clusters["c"].Endpoints.Count(static e => e.State.Ejected).ShouldBe(2);
            var failing = gateway.HealthChanges.Where(static c => c.Event == HealthEvent.Failing).ToList();
            failing.Count.ShouldBe(2);
            foreach (var change in failing) change.Reason.ShouldMatch("^[0-9]+ failures in a row, the last: status 503; not ejected: max-ejected 40%$");

            (await gateway.ApplyAsync(Yaml("{ }", [origins[1].Url]))).IsApplied.ShouldBeTrue();
            for (var i = 0; i < 20; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(503);
            gateway.HealthChanges.Count(static c => c.Event == HealthEvent.Ejected).ShouldBe(2);
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_may_not_be_ejected_is_failing_until_it_answers()
    {
        var answer = Bad;
        await using var origin = Origin.Answering(_ => Volatile.Read(ref answer));
        await using var gateway = await TestGateway.StartAsync(Yaml("{ }", [origin.Url]));
        await AskUntilAsync(gateway, 1);
        gateway.HealthChanges[0].Event.ShouldBe(HealthEvent.Failing);
        gateway.HealthChanges[0].Reason.ShouldMatch("^[0-9]+ failures in a row, the last: status 503; not ejected: it is the only one$");
        EndpointConditions.Of(ProbeTests.Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Failing);
        ProbeTests.Set(gateway).Open.Length.ShouldBe(1);
        // Told of once, and shown as it is.
        for (var i = 0; i < 12; i++) await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => ProbeTests.Endpoint(gateway, 0).State.Health.FailingFor is { } reason && reason.StartsWith($"{ProbeTests.Endpoint(gateway, 0).State.FailuresInARow} failures", StringComparison.Ordinal));
        ProbeTests.Endpoint(gateway, 0).State.FailuresInARow.ShouldBeGreaterThan(12);
        gateway.HealthChanges.Count.ShouldBe(1);

        Volatile.Write(ref answer, Origin.Ok);
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => gateway.HealthChanges.Count == 2);
        gateway.HealthChanges[1].ShouldBe(new HealthChange("c", origin.Url, HealthEvent.Recovered, "it answers"));
        EndpointConditions.Of(ProbeTests.Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Healthy);
    }

    [Fact]
    public async Task Who_fails_and_can_be_ejected_later_is_ejected()
    {
        await using var bad = Origin.Answering(Bad);
        await using var good = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ max-ejected: 0% }", [bad.Url, good.Url]));
        await AskUntilAsync(gateway, 1);
        gateway.HealthChanges[0].Event.ShouldBe(HealthEvent.Failing);
        (await gateway.ApplyAsync(Yaml("{ }", [bad.Url, good.Url]))).IsApplied.ShouldBeTrue();
        await AskUntilAsync(gateway, 2);
        gateway.HealthChanges[1].Event.ShouldBe(HealthEvent.Ejected);
        EndpointConditions.Of(ProbeTests.Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Ejected);
        ProbeTests.Endpoint(gateway, 0).State.Health.FailingFor.ShouldBeNull();
    }

    [Fact]
    public async Task Without_it_none_is_ejected_and_those_that_are_come_back()
    {
        await using var bad = Origin.Answering(Bad);
        await using var good = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ }", [bad.Url, good.Url]));
        await AskUntilAsync(gateway, 1);
        (await gateway.ApplyAsync(Yaml("false", [bad.Url, good.Url]))).IsApplied.ShouldBeTrue();
        ProbeTests.Set(gateway).Open.Length.ShouldBe(2);
        for (var i = 0; i < 40; i++) await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        gateway.HealthChanges.Count.ShouldBe(1);
        ProbeTests.Endpoint(gateway, 0).State.Ejected.ShouldBeFalse();
    }

    [Theory]
    [InlineData("{ consecutive: 0, volume: 20, interval: 300ms }", "% of [0-9]+ attempts failed; for 30 s$")]
    [InlineData("{ consecutive: 0, success-rate: 0, latency: 3, volume: 20, interval: 300ms }", "ms to the first byte, the others [0-9.]+ ms; for 30 s$")]
    public async Task Endpoints_are_compared_with_each_other(string outliers, string reason)
    {
        var count = 0;
        await using var odd = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(30);
                await wire.SendAsync(Interlocked.Increment(ref count) % 3 == 0 ? Origin.Ok : Bad);
            }
        });
        var others = Enumerable.Range(0, 3).Select(static _ => Origin.Answering()).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml(outliers, [odd.Url, .. others.Select(static o => o.Url)], cluster: "balancer: round-robin, "), loops: 2);
            var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(() => AskUntilAsync(gateway, 1)));
            await Task.WhenAll(clients);
            gateway.HealthChanges[0].Endpoint.ShouldBe(odd.Url);
            gateway.HealthChanges[0].Reason.ShouldMatch(reason);
        }
        finally
        {
            foreach (var other in others) await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_endpoint_of_tcp_that_refuses_is_ejected()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, forward: c } }
            clusters: { c: { endpoints: ["tcp://{{Origin.Refusing()[7..]}}", "tcp://{{origin.Url[7..]}}"] } }
            """);
        await AskUntilAsync(gateway, 1);
        gateway.HealthChanges[0].Event.ShouldBe(HealthEvent.Ejected);
        ProbeTests.Endpoint(gateway, 0).State.Ejected.ShouldBeTrue();
    }

    private static async Task AskUntilAsync(TestGateway gateway, int changes)
    {
        for (var began = Environment.TickCount64; gateway.HealthChanges.Count < changes;)
        {
            if (Environment.TickCount64 - began > 30_000) throw new TimeoutException("It was never ejected.");
            try
            {
                await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            catch (Exception cut) when (cut is IOException)
            {
                // A body that is cut off is cut off for the client too.
            }
        }
    }

    private static Origin Failing(string answer) => Origin.Start(async (wire, _) =>
    {
        while (true)
        {
            await wire.ReadRequestAsync();
            if (answer == "{reset}")
            {
                wire.Reset();
                return;
            }

            if (answer == "{silent}") await wire.ReadToEndAsync();
            await wire.SendAsync(answer);
            if (answer.EndsWith("cut", StringComparison.Ordinal)) return;
        }
    });

    private static string Yaml(string outliers, string[] urls, string route = "", string cluster = "") => $$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes: { all: { {{route}}forward: c } }
        clusters: { c: { {{cluster}}health: { outliers: {{outliers}} }, endpoints: [{{string.Join(", ", urls.Select(static u => $"\"{u}\""))}}] } }
        """;
}
