using Weir.Http;
using Weir.Sdk.Policies;

namespace Weir.Policies.HttpsRedirect;

/// <summary>Answers what came by http with a redirect. Never suspends, allocates nothing.</summary>
internal sealed class HttpsRedirectPolicy(LocalReply reply) : Policy
{
    public override PolicyPhases Phases => PolicyPhases.Request;

    public override ValueTask<Verdict> OnRequestAsync(RequestView view)
        => ValueTask.FromResult(view.Exchange.Scheme.SequenceEqual("https"u8) ? Verdict.Continue : Verdict.Reply(reply, Refusal.None));
}
