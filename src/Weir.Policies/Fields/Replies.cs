using Weir.Http;
using Weir.Sdk.Policies;

namespace Weir.Policies.Fields;

/// <summary>What a built-in policy answers when it cannot do its work: made once, named by the reason.</summary>
internal static class Replies
{
    private static readonly LocalReply BadRequest = new() { Status = 400 };
    private static readonly LocalReply UriTooLong = new() { Status = 414 };
    private static readonly LocalReply FieldsTooLarge = new() { Status = 431 };
    private static readonly LocalReply Error = new() { Status = 500 };

    /// <summary>The request cannot be made into what was configured: the client's values are to blame, since literal text is checked at load time.</summary>
    public static Verdict OfRequest(Refusal refusal) => refusal switch
    {
        Refusal.None => Verdict.Continue,
        Refusal.RequestLineTooLong => Verdict.Reply(UriTooLong, refusal),
        Refusal.HeaderTooLarge or Refusal.TooManyFields => Verdict.Reply(FieldsTooLarge, refusal),
        _ => Verdict.Reply(BadRequest, refusal),
    };

    /// <summary>The response cannot be made into what was configured: 500, whatever the reason.</summary>
    public static Verdict OfResponse(Refusal refusal) => refusal == Refusal.None ? Verdict.Continue : Verdict.Reply(Error, refusal);
}
