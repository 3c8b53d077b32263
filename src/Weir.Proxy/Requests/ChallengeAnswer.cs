using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http.Messages;
using Weir.Proxy.Model;

namespace Weir.Proxy.Requests;

/// <summary>An authority that asks over HTTP whether a host is served here gets its answer before routes are looked at, on every listener.</summary>
internal static class ChallengeAnswer
{
    public static bool IsAsked(Exchange x)
        => x.Owner.Challenges.IsActive && x.Request.Method == HttpMethod.Get && x.Request.PathSpan.StartsWith(HttpChallenges.Path);

    /// <summary>True: the exchange has its reply.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> TryGiveAsync(Exchange x)
    {
        x.Reply = await x.Owner.Challenges.FindAsync(x.Request.PathSpan[HttpChallenges.Path.Length..]);
        return x.Reply is not null;
    }
}
