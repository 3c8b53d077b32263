using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Sdk.Policies;

namespace Weir.Policies.Fault;

/// <summary>Draws in the request phase whether to wait, then whether to fail. The loop goes on with other exchanges; nothing is allocated.</summary>
internal sealed class FaultPolicy(ulong delayed, TimeSpan time, ulong aborted, LocalReply? reply, Lots lots) : Policy
{
    public override PolicyPhases Phases => delayed > 0 || aborted > 0 ? PolicyPhases.Request : PolicyPhases.None;

    public override ValueTask<Verdict> OnRequestAsync(RequestView view)
        => time > TimeSpan.Zero && lots.Draw(delayed) ? WaitAsync(view) : ValueTask.FromResult(Judge());

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<Verdict> WaitAsync(RequestView view)
    {
        await view.DelayAsync(time);
        return Judge();
    }

    private Verdict Judge() => reply is not null && lots.Draw(aborted) ? Verdict.Reply(reply, Refusal.FaultInjected) : Verdict.Continue;
}
