using Weir.Http;
using Weir.Policies.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.SecurityHeaders;

/// <summary>A field that is sent, made at load time.</summary>
internal readonly record struct SecurityField(byte[] Name, byte[] Value, bool HttpsOnly);

/// <summary>Adds fixed fields in the response phase, unless they are there. Never suspends, allocates nothing.</summary>
internal sealed class SecurityHeadersPolicy(SecurityField[] fields, bool replace) : Policy
{
    public override PolicyPhases Phases => PolicyPhases.Response;

    public override ValueTask<Verdict> OnResponseAsync(ResponseView view)
    {
        var table = view.Fields;
        var isHttps = view.Exchange.Scheme.SequenceEqual("https"u8);
        foreach (ref readonly var field in fields.AsSpan())
        {
            if ((field.HttpsOnly && !isHttps) || (!replace && table.IndexOf(field.Name) >= 0)) continue;
            if (!table.TrySet(field.Name, field.Value))
                return ValueTask.FromResult(Replies.OfResponse(table.Count >= table.MaxCount ? Refusal.TooManyFields : Refusal.HeaderTooLarge));
        }

        return ValueTask.FromResult(Verdict.Continue);
    }
}
