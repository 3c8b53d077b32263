namespace Weir.Proxy.Model;

/// <summary>
/// Which endpoint has a key: the owner of the place that the key falls into. Immutable; owners are positions in an <see cref="EndpointSet.Open"/>.
/// </summary>
internal sealed class HashTable(ushort[] owners)
{
    // By the golden ratio places lie evenly. Odd: the sizes of tables are powers of two and primes.
    private readonly int _stride = (int)(owners.Length * 0.618) | 1;

    /// <summary>Where a key belongs. A greater key has the same place or a later one.</summary>
    public int PlaceOf(ulong key) => (int)Math.BigMul(key, (ulong)owners.Length, out _);

    /// <summary>The place to look at when that one's endpoint cannot have it.</summary>
    public int Next(int place) => place + 1 == owners.Length ? 0 : place + 1;

    /// <summary>A place far from there; so often repeated as there are places it comes by all of them.</summary>
    public int Elsewhere(int place) => (place + _stride) % owners.Length;

    public int Owner(int place) => owners[place];
}
