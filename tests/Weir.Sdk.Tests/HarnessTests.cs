using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;
using Weir.Sdk.Testing;

namespace Weir.Sdk.Tests;

public class HarnessTests
{
    [Fact]
    public async Task PhasesRunInTheOrderOfTheProxy()
    {
        using var x = new TestExchange();
        var run = await PolicyHarness.RunAsync(new Recorder(default), x);
        run.Phases.Select(p => p.Phase).ShouldBe([PolicyPhases.Request, PolicyPhases.Attempt, PolicyPhases.UpstreamResponse, PolicyPhases.Response, PolicyPhases.Log]);
        run.Phases.ShouldAllBe(p => p.Delayed == TimeSpan.Zero || p.Phase == PolicyPhases.Request);
        run.Verdict.Kind.ShouldBe(VerdictKind.Continue);
    }

    [Fact]
    public async Task AReplySkipsTheOriginAndGoesThroughTheResponsePhase()
    {
        using var x = new TestExchange();
        Template.TryCompile("${request.method}", out var value, out _).ShouldBeTrue();
        var reply = new LocalReply { Status = 418, Fields = [new("X-Method", value!)] };
        var run = await PolicyHarness.RunAsync(new Recorder(Verdict.Reply(reply)), x);
        run.Phases.Select(p => p.Phase).ShouldBe([PolicyPhases.Request, PolicyPhases.Response, PolicyPhases.Log]);
        run.Refusal.ShouldBe(Refusal.PolicyReply);
        x.Response.Status.ShouldBe(418);
        TestExchange.FieldsOf(x.Response.Fields).ShouldBe([("X-Method", "GET")]);
    }

    [Fact]
    public async Task AnAbortGoesToTheLog()
    {
        using var x = new TestExchange();
        var run = await PolicyHarness.RunAsync(new Recorder(Verdict.Abort()), x);
        run.Phases.Select(p => p.Phase).ShouldBe([PolicyPhases.Request, PolicyPhases.Log]);
    }

    [Fact]
    public async Task DelaysPassWithoutWaiting()
    {
        using var x = new TestExchange();
        var before = x.Now;
        var run = await PolicyHarness.RunAsync(new Recorder(default), x);
        run[PolicyPhases.Request]!.Delayed.ShouldBe(TimeSpan.FromHours(1));
        (x.Now - before).ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task WaitingForSomethingOutsideIsWaitedFor()
    {
        using var x = new TestExchange();
        var run = await PolicyHarness.RunAsync(new Foreign(), x);
        run[PolicyPhases.Request]!.Verdict.Kind.ShouldBe(VerdictKind.Abort);
    }

    [Fact]
    public void AViewOfAnExchangeThatEndedIsRefused()
    {
        using var x = new TestExchange();
        var view = new RequestView(x);
        x.End();
        Should.Throw<InvalidOperationException>(() => view.Head);
    }

    [Fact]
    public void EditsOfAnAttemptLeaveTheRequestAlone()
    {
        using var x = new TestExchange().Field("X-A", "1");
        x.AttemptFields.Start(x.Request.Fields);
        new AttemptView(x).Fields.TrySet("X-A"u8, "2"u8).ShouldBeTrue();
        TestExchange.FieldsOf(x.Request.Fields).ShouldBe([("X-A", "1")]);
    }

    private sealed class Recorder(Verdict verdict) : Policy
    {
        public override PolicyPhases Phases => PolicyPhases.Request | PolicyPhases.Attempt | PolicyPhases.UpstreamResponse | PolicyPhases.Response | PolicyPhases.Log;

        [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
        public override async ValueTask<Verdict> OnRequestAsync(RequestView request)
        {
            await request.DelayAsync(TimeSpan.FromMinutes(30));
            await request.DelayAsync(TimeSpan.FromMinutes(30));
            return verdict;
        }
    }

    private sealed class Foreign : Policy
    {
        public override PolicyPhases Phases => PolicyPhases.Request;

        public override async ValueTask<Verdict> OnRequestAsync(RequestView request)
        {
            await Task.Yield();
            return Verdict.Abort();
        }
    }
}
