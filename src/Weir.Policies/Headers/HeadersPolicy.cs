using Weir.Policies.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.Headers;

/// <summary>Edits fields in the request phase and in the response phase. Never suspends, allocates nothing.</summary>
internal sealed class HeadersPolicy(FieldEdits request, FieldEdits response) : Policy
{
    public override PolicyPhases Phases { get; }
        = (request.IsEmpty ? 0 : PolicyPhases.Request) | (response.IsEmpty ? 0 : PolicyPhases.Response);

    public override ValueTask<Verdict> OnRequestAsync(RequestView view)
        => ValueTask.FromResult(Replies.OfRequest(request.Apply(view.Fields, view.Exchange)));

    public override ValueTask<Verdict> OnResponseAsync(ResponseView view)
        => ValueTask.FromResult(Replies.OfResponse(response.Apply(view.Fields, view.Exchange)));
}
