using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Tests.Actions;

/// <summary>Policies on the real path: order, conditions, shadows, verdicts, faults.</summary>
public class PolicyTests
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_fault_of_the_gateway_is_answered_in_full_and_counted()
    {
        var scripts = new Scripts().Add("broken", static () => new Script { Request = static _ => new(Verdict.Reply(new LocalReply { Status = 200, Fields = new Trap() }, Refusal.None)) });
        await using var gateway = await TestGateway.StartAsync(
            "version: 1\nlisteners: { web: { address: '127.0.0.1:0' } }\nroutes: { all: { respond: 200, policies: [{ script: broken }] } }", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Faults.Count == 1);
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(500);
        response.Refusal.ShouldBe("internal-fault");
        response.Closes.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Gateway.Store.Route("all").PerLoop.Sum(static c => c.ByStatusClass[5]).ShouldBe(1);
    }

    [Fact]
    public async Task The_built_in_policies_do_what_they_say()
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nServer: secret\r\nX-Powered-By: secret\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            clusters: { origin: { endpoints: ["{{origin.Url}}"] } }
            routes:
              all:
                forward: origin
                policies:
                  - delay: 20ms
                  - headers: { request: { set: { X-Set: "${request.method}" }, remove: X-Gone }, response: { add: { X-Added: yes } } }
                  - rewrite: { strip-prefix: /x, add-prefix: /y, query: { set: { k: v } } }
                  - security-headers: {}
                  - remove-internal-fields: {}
            """);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await client.AskAsync("GET /x/a?b=c HTTP/1.1\r\nHost: a\r\nX-Gone: 1\r\n\r\n");
            response.Body.ShouldBe("ok");
            response["X-Added"].ShouldBe("yes");
            response["X-Content-Type-Options"].ShouldBe("nosniff");
            response.Has("Server").ShouldBeFalse();
            response.Has("X-Powered-By").ShouldBeFalse();
        }

        origin.Received.ShouldStartWith("GET /y/a?b=c&k=v HTTP/1.1\r\n");
        origin.Received.ShouldContain("\r\nX-Set: GET\r\n");
        origin.Received.ShouldNotContain("X-Gone");
    }

    [Fact]
    public async Task Requests_pass_in_file_order_and_responses_in_reverse()
    {
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var scripts = new Scripts();
        foreach (var name in new[] { "listener", "default", "route" })
        {
            scripts.Add(name, () => new Script
            {
                Request = _ => Next("request " + name),
                Attempt = _ =>
                {
                    order.Enqueue("attempt " + name);
                    return ValueTask.CompletedTask;
                },
                UpstreamResponse = _ => Next("upstream " + name),
                Response = _ => Next("response " + name),
                Log = _ => order.Enqueue("log " + name),
            });
        }

        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", policies: [{ script: listener }] } }
            defaults: { policies: [{ script: default }] }
            clusters: { origin: { endpoints: ["{{origin.Url}}"] } }
            routes: { all: { forward: origin, policies: [{ script: route }] } }
            """, scripts: scripts);
        (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => order.Count == 15);
        string[] names = ["listener", "default", "route"];
        order.ShouldBe(
        [
            .. names.Select(static n => "request " + n), .. names.Select(static n => "attempt " + n), .. names.Reverse().Select(static n => "upstream " + n),
            .. names.Reverse().Select(static n => "response " + n), .. names.Select(static n => "log " + n),
        ]);

        ValueTask<Verdict> Next(string what)
        {
            order.Enqueue(what);
            return new(Verdict.Continue);
        }
    }

    [Fact]
    public async Task A_policy_is_skipped_where_its_condition_is_false()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(
            origin, route: """policies: [{ headers: { request: { set: { X-Put: yes } } }, when: 'request.method == "PUT"' }]""");
        await gateway.AskAsync(Get);
        origin.Received.ShouldNotContain("X-Put");
        await gateway.AskAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        origin.Received.ShouldContain("X-Put: yes");
        gateway.Count((Model.PolicyCounters c) => c.Skipped).ShouldBe(1);
    }

    [Fact]
    public async Task A_shadow_leaves_no_trace()
    {
        var scripts = new Scripts()
            .Add("edits", () => new Script
            {
                Request = static r =>
                {
                    r.Fields.TrySet("X-Shadow"u8, "request"u8);
                    r.Fields.Remove("X-Own"u8);
                    r.Head.Arena.TryAppend("/shadow"u8, out var path);
                    r.Head.Path = path;
                    r.Head.MethodText = path;
                    r.Head.Method = Http.Messages.HttpMethod.Delete;
                    return new(Verdict.Reply(new LocalReply { Status = 418 }));
                },
                Response = static r =>
                {
                    r.Fields.TrySet("X-Shadow"u8, "response"u8);
                    r.Fields.Remove("X-Origin"u8);
                    r.Head.Status = 418;
                    r.Head.Reason = default;
                    return new(Verdict.Abort());
                },
            });
        await using var origin = Origin.Answering("HTTP/1.1 299 Fine\r\nX-Origin: 1\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: edits, mode: shadow }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await client.AskAsync("GET /x HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\n\r\n");
            response.StartLine.ShouldBe("HTTP/1.1 299 Fine");
            response["X-Origin"].ShouldBe("1");
            response.Has("X-Shadow").ShouldBeFalse();
        }

        origin.Received.ShouldNotContain("hadow");
        origin.Received.Split("GET /x HTTP/1.1\r\n").Length.ShouldBe(4);
        origin.Received.Split("X-Own: 1").Length.ShouldBe(4);
        gateway.Count((Model.PolicyCounters c) => c.Shadowed).ShouldBe(6);
    }

    [Theory]
    [InlineData("request")]
    [InlineData("attempt")]
    [InlineData("upstream")]
    [InlineData("response")]
    public async Task A_policys_exception_is_500_by_name_and_counted(string phase)
    {
        var scripts = new Scripts().Add("fails", () => phase switch
        {
            "request" => new Script { Request = static _ => throw new InvalidOperationException("bug") },
            "attempt" => new Script { Attempt = static _ => throw new InvalidOperationException("bug") },
            "upstream" => new Script { UpstreamResponse = static _ => throw new InvalidOperationException("bug") },
            _ => new Script { Response = static _ => throw new InvalidOperationException("bug") },
        });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: fails }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        for (var i = 1; i <= 3; i++)
        {
            var response = await client.AskAsync(Get);
            response.Status.ShouldBe(500);
            response.Refusal.ShouldBe("policy-fault");
        }

        if (phase is "request" or "attempt") origin.Received.ShouldBe("");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.PolicyFault) == 3);
        gateway.Count((Model.PolicyCounters c) => c.Faults).ShouldBe(3);
        gateway.Faults.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_verdict_replies_or_aborts()
    {
        var scripts = new Scripts().Add("decides", () => new Script
        {
            Request = static r => new(r.Head.PathSpan.SequenceEqual("/abort"u8)
                ? Verdict.Abort()
                : r.Head.PathSpan.SequenceEqual("/reply"u8) ? Verdict.Reply(new LocalReply { Status = 403 }) : Verdict.Continue),
            Response = static r => new(r.Request.PathSpan.SequenceEqual("/replace"u8)
                ? Verdict.Reply(new LocalReply { Status = 410 }, Refusal.None)
                : r.Request.PathSpan.SequenceEqual("/late"u8) ? Verdict.Abort() : Verdict.Continue),
        });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: decides }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        var refused = await client.AskAsync("GET /reply HTTP/1.1\r\nHost: a\r\n\r\n");
        refused.Status.ShouldBe(403);
        refused.Refusal.ShouldBe("policy-reply");
        var replaced = await client.AskAsync("GET /replace HTTP/1.1\r\nHost: a\r\n\r\n");
        replaced.Status.ShouldBe(410);
        replaced.Refusal.ShouldBeNull();
        (await client.AskAsync("GET /fine HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        foreach (var path in new[] { "/abort", "/late" })
        {
            using var lost = await gateway.ConnectAsync();
            await lost.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            (await lost.ReadToResetAsync()).ShouldBe("");
        }

        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.PolicyAbort) == 2);
    }

    [Fact]
    public async Task A_response_phase_is_not_run_for_a_policy_whose_request_phase_was_not_reached()
    {
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var scripts = new Scripts()
            .Add("first", () => new Script
            {
                Request = static _ => new(Verdict.Reply(new LocalReply { Status = 403 })),
                Response = _ =>
                {
                    order.Enqueue("first");
                    return new(Verdict.Continue);
                },
            })
            .Add("second", () => new Script
            {
                Request = static _ => new(Verdict.Continue),
                Response = _ =>
                {
                    order.Enqueue("second");
                    return new(Verdict.Continue);
                },
            })
            .Add("responses", () => new Script
            {
                Response = _ =>
                {
                    order.Enqueue("responses");
                    return new(Verdict.Continue);
                },
            });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: first }, { script: second }, { script: responses }]", scripts: scripts);
        (await gateway.AskAsync(Get)).Status.ShouldBe(403);
        order.ShouldBe(["responses", "first"]);
    }

    [Fact]
    public async Task A_view_throws_when_its_exchange_is_over()
    {
        RequestView? kept = null;
        var thrown = 0;
        var scripts = new Scripts().Add("keeps", () => new Script
        {
            Request = r =>
            {
                if (kept is { } old)
                {
                    // The object behind the old view serves this exchange now.
                    try
                    {
                        _ = old.Head.PathSpan.Length;
                    }
                    catch (InvalidOperationException)
                    {
                        thrown++;
                    }
                }

                kept = r;
                return new(Verdict.Continue);
            },
        });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: keeps }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++) (await client.AskAsync(Get)).Body.ShouldBe("ok");
        thrown.ShouldBe(2);
    }

    [Fact]
    public async Task A_client_that_leaves_during_a_delay_is_not_forwarded()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ delay: 20s }]");
        var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        client.Reset();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
        origin.Received.ShouldBe("");
    }

    // Can be walked, as it is when a reply is made, but not indexed, as it is when one is given.
    private sealed class Trap : IReadOnlyList<KeyValuePair<string, Sdk.Expressions.Template>>
    {
        public int Count => 1;

        public KeyValuePair<string, Sdk.Expressions.Template> this[int index] => throw new InvalidOperationException("trap");

        public IEnumerator<KeyValuePair<string, Sdk.Expressions.Template>> GetEnumerator()
            => Enumerable.Empty<KeyValuePair<string, Sdk.Expressions.Template>>().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
