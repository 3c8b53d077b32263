using System.Globalization;
using System.Net;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>What resolv.conf(5) says, as far as it matters here.</summary>
internal sealed record ResolvConf(IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search, int Dots)
{
    // As the C library has it.
    private const int MostServers = 3;
    private const int MostDots = 15;
    private const int MostSearched = 6;

    public static ResolvConf Read(string path)
    {
        try
        {
            return Parse(File.ReadLines(path).Take(1000));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ResolvConf([], [], 1);
        }
    }

    public static ResolvConf Parse(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>();
        IReadOnlyList<string> search = [];
        var dots = 1;
        foreach (var line in lines)
        {
            var words = line.Split(['#', ';'], 2)[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2) continue;
            if (words[0] == "nameserver" && servers.Count < MostServers && IPAddress.TryParse(words[1], out var address)) servers.Add(new IPEndPoint(address, 53));
            if (words[0] is "search" or "domain") search = [.. words.Skip(1).Take(MostSearched).Select(static d => d.Trim('.').ToLowerInvariant()).Where(static d => d.Length > 0)];
            if (words[0] == "options" && words.FirstOrDefault(static w => w.StartsWith("ndots:", StringComparison.Ordinal)) is { } option
                && int.TryParse(option.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var n)) dots = Math.Min(n, MostDots);
        }

        return new ResolvConf(servers, search, dots);
    }

    /// <summary>The full names that a name may stand for, in the order in which they are asked for.</summary>
    public IEnumerable<string> Candidates(string name)
    {
        if (name.EndsWith('.')) return [name[..^1]];
        var searched = Search.Select(domain => $"{name}.{domain}");
        return name.Count(static c => c == '.') >= Dots ? [name, .. searched] : [.. searched, name];
    }
}
