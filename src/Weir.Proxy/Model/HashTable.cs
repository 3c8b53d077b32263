using System.Numerics;

namespace Weir.Proxy.Model;

/// <summary>
/// Which endpoint has a key. Either a lookup table (Maglev), where a slot is a position, or a ring of points, where a key belongs to the
/// next point. Immutable; the positions are those of an <see cref="EndpointSet.Open"/>.
/// </summary>
internal sealed class HashTable
{
    private readonly ushort[] _owners;
    private readonly uint[] _points;

    // Of a ring: for the upper bits of a key, the first point that is not before all such keys. As many as there are points, so that one
    // or two are looked at, however many there are.
    private readonly int[] _starts;
    private readonly int _shift;

    private HashTable(ushort[] owners, uint[] points)
    {
        (_owners, _points) = (owners, points);
        var bits = Math.Max(1, BitOperations.Log2((uint)points.Length | 1));
        _shift = 32 - bits;
        _starts = new int[points.Length == 0 ? 0 : 1 << bits];
        for (int bucket = 0, place = 0; bucket < _starts.Length; bucket++)
        {
            while (place < points.Length && points[place] >> _shift < (uint)bucket) place++;
            _starts[bucket] = place;
        }
    }

    public static HashTable Lookup(ushort[] slots) => new(slots, []);

    /// <summary>The points, of which a key's upper half is compared, have to rise.</summary>
    public static HashTable Ring(uint[] points, ushort[] owners) => new(owners, points);

    /// <summary>Places where a key may be looked for.</summary>
    public int Count => _owners.Length;

    /// <summary>Where a key belongs.</summary>
    public int PlaceOf(ulong key)
    {
        if (_points.Length == 0) return (int)(key % (uint)_owners.Length);
        var upper = (uint)(key >> 32);
        var place = _starts[upper >> _shift];
        while (place < _points.Length && _points[place] < upper) place++;
        return place == _points.Length ? 0 : place;
    }

    /// <summary>The place to look at when that one's endpoint cannot have it.</summary>
    public int Next(int place) => place + 1 == _owners.Length ? 0 : place + 1;

    public int Owner(int place) => _owners[place];
}
