using Weir.Http;
using Weir.Policies.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.Deprecation;

/// <summary>Adds fixed fields in the response phase; what an origin says of its own end stands. Never suspends, allocates nothing.</summary>
internal sealed class DeprecationPolicy(byte[] since, byte[]? sunset, byte[][] links) : Policy
{
    public override PolicyPhases Phases => PolicyPhases.Response;

    public override ValueTask<Verdict> OnResponseAsync(ResponseView view)
    {
        var fields = view.Fields;
        var fits = (fields.IndexOf("deprecation"u8) >= 0 || fields.TryAdd("deprecation"u8, since))
            && (sunset is null || fields.IndexOf("sunset"u8) >= 0 || fields.TryAdd("sunset"u8, sunset));
        foreach (var link in links) fits = fits && fields.TryAdd("link"u8, link);
        return ValueTask.FromResult(fits ? Verdict.Continue : Replies.OfResponse(fields.Count >= fields.MaxCount ? Refusal.TooManyFields : Refusal.HeaderTooLarge));
    }
}
