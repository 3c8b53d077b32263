using System.Text;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Wire;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>An exchange that another one starts, with a caller in this process.</summary>
public class SubExchangeTests
{
    [Fact]
    public async Task A_sub_exchange_runs_through_the_same_routes_and_pools()
    {
        await using var origin = Origin.Answering(static r => $"HTTP/1.1 200 OK\r\nX-Seen: {r.Target}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n{r.Body.Length:x}\r\n{r.Body}\r\n0\r\n\r\n");
        var seen = "";
        var scripts = new Scripts().Add("ask", () => new Script
        {
            Request = async view =>
            {
                var x = (Exchange)view.Exchange;
                if (x.Depth > 0) return Verdict.Continue;
                using var caller = new InProcessDownstream();
                caller.Begin("abc"u8.ToArray(), 1024);
                var done = await SubExchange.RunAsync(x, Head("POST /inner HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"), caller);
                seen = $"{done} {caller.IsComplete} {caller.Status} {Encoding.ASCII.GetString(caller.Head.Fields.Get("x-seen"u8))} {Encoding.ASCII.GetString(caller.Body)}";
                return Verdict.Continue;
            },
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: ask }]", scripts: scripts);
        (await gateway.AskAsync("GET /outer HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        seen.ShouldBe("True True 200 /inner helloabc");
        origin.Connections.Count.ShouldBe(1);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task Exchanges_that_start_each_other_end_at_the_depth_limit()
    {
        var deepest = 0;
        var refused = 0;
        var scripts = new Scripts().Add("ask", () => new Script
        {
            Request = async view =>
            {
                var x = (Exchange)view.Exchange;
                deepest = Math.Max(deepest, x.Depth);
                using var caller = new InProcessDownstream();
                caller.Begin(default, 1024);
                if (!await SubExchange.RunAsync(x, Head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), caller)) refused++;
                return Verdict.Continue;
            },
        });
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { policies: [{ script: ask }], respond: 204 } }
            """, scripts: scripts);
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(204);
        deepest.ShouldBe(SubExchange.MaxDepth);
        refused.ShouldBe(1);
    }

    [Fact]
    public async Task A_response_past_the_callers_bound_is_cut()
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + new string('x', 2000));
        var complete = true;
        var scripts = new Scripts().Add("ask", () => new Script
        {
            Request = async view =>
            {
                var x = (Exchange)view.Exchange;
                if (x.Depth > 0) return Verdict.Continue;
                using var caller = new InProcessDownstream();
                caller.Begin(default, 1024);
                await SubExchange.RunAsync(x, Head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), caller);
                complete = caller.IsComplete;
                return Verdict.Continue;
            },
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: ask }]", scripts: scripts);
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.Length.ShouldBe(2000);
        complete.ShouldBeFalse();
    }

    private static byte[] Head(string text) => Encoding.ASCII.GetBytes(text);
}
