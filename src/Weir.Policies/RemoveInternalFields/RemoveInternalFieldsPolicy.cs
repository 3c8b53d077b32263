using Weir.Policies.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.RemoveInternalFields;

/// <summary>Removes a fixed set of fields in the response phase, in one walk. Never suspends, allocates nothing.</summary>
internal sealed class RemoveInternalFieldsPolicy(FieldNameSet names) : Policy
{
    public override PolicyPhases Phases => PolicyPhases.Response;

    public override ValueTask<Verdict> OnResponseAsync(ResponseView view)
    {
        names.RemoveFrom(view.Fields);
        return ValueTask.FromResult(Verdict.Continue);
    }
}
