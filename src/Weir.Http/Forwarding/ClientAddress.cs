using Weir.Http.Addresses;
using Weir.Http.Fields;

namespace Weir.Http.Forwarding;

/// <summary>Who asked, when the peer is a trusted proxy: found in X-Forwarded-For, and never further than trust goes.</summary>
public static class ClientAddress
{
    private const int MostHops = 32;

    /// <summary>
    /// Walks from the right: each trusted address vouches for the one before it. The answer is the first address that is not
    /// trusted; or the last trusted one, when what it vouches for is no address, or the list or the bound of hops ends.
    /// </summary>
    public static IpValue Find(FieldTable fields, IpValue peer, CidrSet trusted)
    {
        var client = peer;
        if (!trusted.Contains(peer)) return client;
        var hops = 0;
        for (var at = fields.Count - 1; at >= 0; at--)
        {
            if (fields.Id(at) != KnownField.XForwardedFor) continue;
            var rest = fields.Value(at);
            while (!rest.IsEmpty)
            {
                var comma = rest.LastIndexOf((byte)',');
                var element = FieldRules.Trim(rest[(comma + 1)..]);
                rest = comma < 0 ? default : rest[..comma];
                if (element.IsEmpty) continue;
                if (++hops > MostHops || !TryParseHop(element, out var hop)) return client;
                client = hop;
                if (!trusted.Contains(hop)) return client;
            }
        }

        return client;
    }

    /// <summary>An address as proxies write it: bare, in brackets, or with a port.</summary>
    public static bool TryParseHop(ReadOnlySpan<byte> text, out IpValue address)
    {
        if (text.IsEmpty || text[0] != (byte)'[')
        {
            var colon = text.IndexOf((byte)':');
            // One colon parts a port from an IPv4 address; more of them are IPv6.
            if (colon < 0 || text[(colon + 1)..].Contains((byte)':')) return IpText.TryParse(text, out address);
            var parsed = IpText.TryParseV4(text[..colon], out var v4);
            address = IpValue.FromV4(v4);
            return parsed && IsPort(text[(colon + 1)..]);
        }

        address = default;
        var close = text.IndexOf((byte)']');
        if (close < 0 || !IpText.TryParseV6(text[1..close], out address)) return false;
        var rest = text[(close + 1)..];
        return rest.IsEmpty || (rest[0] == (byte)':' && IsPort(rest[1..]));
    }

    private static bool IsPort(ReadOnlySpan<byte> text) => text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
