namespace Weir.Proxy.Routes.Checks;

/// <summary>Parts regex paths by their plain beginnings: two can only meet when one's beginning is the start of the other's.</summary>
internal sealed class RegexPartition(RouteTable table) : IPartition
{
    private readonly Dictionary<string, List<int>> _byPrefix = new(StringComparer.Ordinal);

    /// <summary>Shorter beginnings first, so that the longer of two finds the other.</summary>
    public IEnumerable<int> Order(int start, int end) => Enumerable.Range(start, end - start).OrderBy(e => PrefixOf(e).Length);

    public IEnumerable<int> Near(int number)
    {
        var prefix = PrefixOf(number);
        for (var length = 0; length <= prefix.Length; length++)
        {
            if (!_byPrefix.TryGetValue(prefix[..length], out var here)) continue;
            foreach (var entry in here) yield return entry;
        }
    }

    public void Remember(int number)
    {
        var prefix = PrefixOf(number);
        if (_byPrefix.TryGetValue(prefix, out var here)) here.Add(number);
        else _byPrefix[prefix] = [number];
    }

    private string PrefixOf(int entry) => System.Text.Encoding.ASCII.GetString(table.Regexes[table.Entries[entry].Regex].Prefix);
}
