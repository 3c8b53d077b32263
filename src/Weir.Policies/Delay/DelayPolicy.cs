using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Sdk.Policies;

namespace Weir.Policies.Delay;

/// <summary>Suspends the request phase for a time. The loop goes on with other exchanges; nothing is allocated.</summary>
internal sealed class DelayPolicy(TimeSpan duration) : Policy
{
    public override PolicyPhases Phases => duration > TimeSpan.Zero ? PolicyPhases.Request : PolicyPhases.None;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public override async ValueTask<Verdict> OnRequestAsync(RequestView view)
    {
        await view.DelayAsync(duration);
        return Verdict.Continue;
    }
}
