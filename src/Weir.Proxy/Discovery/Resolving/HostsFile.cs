using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>hosts(5), and <c>localhost</c> (RFC 6761 §6.3).</summary>
internal static class HostsFile
{
    public static IReadOnlyList<IPAddress> Find(string path, string name, DnsType type)
    {
        var family = type == DnsType.A ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        var found = new List<IPAddress>();
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                var words = line.Split('#', 2)[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 1 && IPAddress.TryParse(words[0], out var address) && address.AddressFamily == family && words.Skip(1).Any(w => w.Equals(name, StringComparison.OrdinalIgnoreCase)))
                    found.Add(address);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As if it were empty.
        }

        if (found.Count == 0 && (name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal))) found.Add(type == DnsType.A ? IPAddress.Loopback : IPAddress.IPv6Loopback);
        return found;
    }
}
