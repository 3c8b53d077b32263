using System.Security.Cryptography;
using Weir.Http.Fields;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>The cookie by which a client keeps its endpoint.</summary>
internal static class StickyCookie
{
    /// <summary>The endpoint that the client's cookie names, if it serves; one that is drained serves its own clients, unless they are to move on.</summary>
    public static Endpoint? Find(FieldTable request, StickyPlan plan, EndpointSet set)
    {
        if (!TryRead(request, plan, set, out var entry, out _)) return null;
        var state = entry.Endpoint.State;
        return !state.Removed && !state.Evicting && (state.IsSound || set.IsPanicking) ? entry.Endpoint : null;
    }

    /// <summary>After an endpoint answered: the client is told, unless it knows.</summary>
    public static void Set(Exchange x, StickyPlan plan, EndpointSet set)
    {
        if (x.LastEndpoint is not { } endpoint) return;
        if (TryRead(x.Request.Fields, plan, set, out var known, out var isNewest) && known.Endpoint.State == endpoint && isNewest) return;
        if (set.Find(endpoint) is { } answered && set.Sticky?.GetValueOrDefault(answered.Hash) is { } entry) Cookies.Set(x, plan.Name, entry.Texts[0], plan.Attributes);
    }

    private static bool TryRead(FieldTable request, StickyPlan plan, EndpointSet set, out StickyEntry entry, out bool isNewest)
    {
        entry = null!;
        isNewest = false;
        if (set.Sticky is null || !Cookies.TryFind(request, plan.Name, out var text)) return false;
        if (!StickyText.TryRead(text, out var hash) || !set.Sticky.TryGetValue(hash, out entry!)) return false;
        for (var key = 0; key < entry.Texts.Length; key++)
        {
            if (!CryptographicOperations.FixedTimeEquals(entry.Texts[key], text)) continue;
            isNewest = key == 0;
            return true;
        }

        return false;
    }
}
