using Weir.Config.Records;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;
using Weir.Sdk.Text;

namespace Weir.Proxy.Balancing;

/// <summary>What a request is hashed by.</summary>
internal static class RequestKey
{
    /// <summary>Of a request without the key, that of its client.</summary>
    public static ulong Of(Exchange x, HashPlan plan) => Of(x.IsStream ? default : Find(x.Request, plan), x.ClientPeer);

    /// <summary>Of a key's text, if there is one.</summary>
    public static ulong Of(ReadOnlySpan<byte> value, PeerAddress client) => value.IsEmpty ? KeyHash.OfClient(client) : KeyHash.OfText(value);

    /// <summary>The key's text; empty when the request has none, or the client's address is the key.</summary>
    public static ReadOnlySpan<byte> Find(RequestHead request, HashPlan plan) => plan.Source switch
    {
        HashKeySource.Client => default,
        HashKeySource.Header => plan.Field == KnownField.Other ? request.Fields.Get(plan.Name) : request.Fields.Get(plan.Field),
        HashKeySource.Cookie => Cookies.TryFind(request.Fields, plan.Name, out var value) ? value : default,
        _ => Parameter(request, plan.Name),
    };

    // As it is written: two spellings of one value are two keys.
    private static ReadOnlySpan<byte> Parameter(RequestHead request, ReadOnlySpan<byte> name)
    {
        foreach (var parameter in new QueryParameters(request.QuerySpan))
            if (parameter.IsNamed(name)) return parameter.Value;
        return default;
    }
}
