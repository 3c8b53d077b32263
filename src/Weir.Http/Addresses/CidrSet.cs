using System.Globalization;
using System.Net;
using System.Text;

namespace Weir.Http.Addresses;

/// <summary>
/// A set of networks, immutable: merged ranges and a binary search, without allocation. IPv4 and its mapped form are the same; a
/// network of IPv6 never holds an IPv4 address, so that "::/0" does not trust more than it says.
/// </summary>
public sealed class CidrSet
{
    private readonly (UInt128 First, UInt128 Last)[] _v4;
    private readonly (UInt128 First, UInt128 Last)[] _v6;

    private CidrSet(List<(UInt128 First, UInt128 Last)> v4, List<(UInt128 First, UInt128 Last)> v6)
    {
        _v4 = Merge(v4);
        _v6 = Merge(v6);
    }

    public static CidrSet Empty { get; } = new([], []);

    public bool IsEmpty => _v4.Length + _v6.Length == 0;

    /// <summary>
    /// From "10.0.0.0/8", "2001:db8::/32" or single addresses; bits behind the prefix are ignored. False: <paramref name="bad"/> is
    /// the first text that is no network.
    /// </summary>
    public static bool TryParse(IEnumerable<string> networks, out CidrSet set, out string? bad)
    {
        List<(UInt128, UInt128)> v4 = [], v6 = [];
        foreach (var network in networks)
        {
            if (TryParseOne(network, out var first, out var last))
            {
                (new IpValue(first).IsV4 && new IpValue(last).IsV4 ? v4 : v6).Add((first, last));
                continue;
            }

            set = Empty;
            bad = network;
            return false;
        }

        set = new CidrSet(v4, v6);
        bad = null;
        return true;
    }

    public bool Contains(IpValue address) => Contains(address.IsV4 ? _v4 : _v6, address.Bits);

    /// <summary>4 or 16 bytes in network order.</summary>
    public bool Contains(ReadOnlySpan<byte> address) => Contains(IpValue.FromBytes(address));

    public bool Contains(IPAddress address) => Contains(IpValue.From(address));

    private static bool Contains((UInt128 First, UInt128 Last)[] ranges, UInt128 bits)
    {
        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (bits < ranges[middle].First) high = middle - 1;
            else if (bits > ranges[middle].Last) low = middle + 1;
            else return true;
        }

        return false;
    }

    private static bool TryParseOne(string network, out UInt128 first, out UInt128 last)
    {
        first = last = default;
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? network : network[..slash];
        if (!IpText.TryParse(Encoding.UTF8.GetBytes(text), out var address)) return false;
        var dotted = !text.Contains(':', StringComparison.Ordinal);
        var most = dotted ? 32 : 128;
        var prefix = most;
        if (slash >= 0 && (!int.TryParse(network.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > most))
            return false;
        if (dotted) prefix += 96;
        var mask = prefix == 0 ? 0 : UInt128.MaxValue << (128 - prefix);
        first = address.Bits & mask;
        last = first | ~mask;
        return true;
    }

    private static (UInt128 First, UInt128 Last)[] Merge(List<(UInt128 First, UInt128 Last)> ranges)
    {
        ranges.Sort();
        var merged = new List<(UInt128 First, UInt128 Last)>(ranges.Count);
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last)
                merged[^1] = (merged[^1].First, UInt128.Max(merged[^1].Last, range.Last));
            else
                merged.Add(range);
        }

        return [.. merged];
    }
}
