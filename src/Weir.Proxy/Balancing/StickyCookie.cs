using System.Security.Cryptography;
using Weir.Http.Fields;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>The cookie by which a client keeps its endpoint.</summary>
internal static class StickyCookie
{
    /// <summary>The endpoint that the client's cookie names, if it serves; one that is drained serves its own clients, unless they are to move on.</summary>
    public static Endpoint? Find(FieldTable request, EndpointSet set)
    {
        if (!TryRead(request, set, out var entry, out _)) return null;
        return IsServing(entry.Endpoint.State, set) ? entry.Endpoint : null;
    }

    /// <summary>After an endpoint answered: the client is told, unless it knows.</summary>
    public static void Set(Exchange x, StickyPlan plan, EndpointSet set)
    {
        if (x.LastEndpoint is not { } endpoint) return;
        // Who answered in the place of one that serves, since that was slow for once or had no room, does not keep the client.
        if (TryRead(x.Request.Fields, set, out var known, out var isNewest) && isNewest && (known.Endpoint.State == endpoint || IsServing(known.Endpoint.State, set))) return;
        if (set.Find(endpoint) is { } answered && set.Sticky?.GetValueOrDefault(answered.Hash) is { } entry) Cookies.Set(x, set.StickyName, entry.Texts[0], plan.Attributes);
    }

    private static bool IsServing(EndpointState state, EndpointSet set) => !state.Removed && !state.Evicting && (state.IsSound || set.IsPanicking);

    private static bool TryRead(FieldTable request, EndpointSet set, out StickyEntry entry, out bool isNewest)
    {
        entry = null!;
        isNewest = false;
        if (set.Sticky is null || !Cookies.TryFind(request, set.StickyName, out var text)) return false;
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
