namespace Weir.Proxy.Model;

/// <summary>
/// Which endpoint has a key. Either a lookup table (Maglev), where a slot is a position, or a ring of points, where a key belongs to the
/// next point. Immutable; the positions are those of an <see cref="EndpointSet.Open"/>.
/// </summary>
internal sealed class HashTable
{
    private readonly ushort[] _owners;
    private readonly ulong[] _points;

    private HashTable(ushort[] owners, ulong[] points) => (_owners, _points) = (owners, points);

    public static HashTable Lookup(ushort[] slots) => new(slots, []);

    /// <summary>The points have to rise.</summary>
    public static HashTable Ring(ulong[] points, ushort[] owners) => new(owners, points);

    /// <summary>Places where a key may be looked for.</summary>
    public int Count => _owners.Length;

    /// <summary>Where a key belongs.</summary>
    public int PlaceOf(ulong key)
    {
        if (_points.Length == 0) return (int)(key % (uint)_owners.Length);
        var found = Array.BinarySearch(_points, key);
        var place = found < 0 ? ~found : found;
        return place == _points.Length ? 0 : place;
    }

    /// <summary>The place to look at when that one's endpoint cannot have it.</summary>
    public int Next(int place) => place + 1 == _owners.Length ? 0 : place + 1;

    public int Owner(int place) => _owners[place];
}
