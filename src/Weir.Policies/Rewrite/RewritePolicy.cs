using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Targets;
using Weir.Policies.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Rewrite;

/// <summary>Changes path, host and query in the request phase. Everything is made before anything is changed. Never suspends.</summary>
internal sealed class RewritePolicy(PathEdit? path, Template? host, QueryEdit query) : Policy
{
    public override PolicyPhases Phases => path is null && host is null && query.IsEmpty ? PolicyPhases.None : PolicyPhases.Request;

    public override ValueTask<Verdict> OnRequestAsync(RequestView view) => ValueTask.FromResult(Replies.OfRequest(Rewrite(view.Exchange)));

    private Refusal Rewrite(ExchangeAccess exchange)
    {
        var request = exchange.Request;
        var (newPath, newQuery, newAuthority, newHost) = (request.Path, request.Query, request.Authority, request.Host);
        if (path is not null && path.Apply(exchange, out newPath) is not Refusal.None and var badPath) return badPath;
        if (host is not null && ApplyHost(exchange, ref newAuthority, ref newHost) is not Refusal.None and var badHost) return badHost;
        if (!query.IsEmpty)
        {
            if (query.Apply(exchange, out newQuery) is not Refusal.None and var badQuery) return badQuery;
            request.HasQuery = newQuery.Length > 0;
        }

        (request.Path, request.Query, request.Authority, request.Host) = (newPath, newQuery, newAuthority, newHost);
        return Refusal.None;
    }

    // The authority keeps its port, the host is in lower case without it.
    private Refusal ApplyHost(ExchangeAccess exchange, ref TextSlice authority, ref TextSlice name)
    {
        var arena = exchange.Request.Arena;
        if (!host!.TryAppend(exchange, arena, out var text)) return Refusal.HeaderTooLarge;
        if (text.IsEmpty) return Refusal.None;
        if (!HostText.TryNormalise(arena, text, out var newName, out var newAuthority)) return Refusal.BadHost;
        (authority, name) = (newAuthority, newName);
        return Refusal.None;
    }
}
