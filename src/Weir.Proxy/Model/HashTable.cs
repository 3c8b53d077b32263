namespace Weir.Proxy.Model;

/// <summary>
/// Which endpoint has a key: the owner of the place that the key falls into. Immutable; owners are positions in an <see cref="EndpointSet.Open"/>.
/// </summary>
internal sealed class HashTable(ushort[] owners)
{
    /// <summary>Where a key belongs. A greater key has the same place or a later one.</summary>
    public int PlaceOf(ulong key) => (int)Math.BigMul(key, (ulong)owners.Length, out _);

    /// <summary>The place to look at when that one's endpoint cannot have it.</summary>
    public int Next(int place) => place + 1 == owners.Length ? 0 : place + 1;

    public int Owner(int place) => owners[place];
}
