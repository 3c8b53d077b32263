using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Weir.Http.Fields;

/// <summary>A set of known fields, as bits. <see cref="KnownField.Removed"/> is in every set made here: sets say what is not written.</summary>
public readonly struct FieldSet
{
    private readonly ulong _low;
    private readonly ulong _high;

    private FieldSet(ulong low, ulong high)
    {
        _low = low | (1UL << (int)KnownField.Removed);
        _high = high;
    }

    public static FieldSet Of(params ReadOnlySpan<KnownField> ids)
    {
        var set = new FieldSet(0, 0);
        foreach (var id in ids) set = set.With(id);
        return set;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(KnownField id) => ((((int)id & 64) == 0 ? _low : _high) >> ((int)id & 63) & 1) != 0;

    /// <summary>Something of the set may be among the fields of a presence mask, where bit 63 stands for all kinds from 63 on.</summary>
    internal bool MayContain(ulong present)
        => ((_low & ~(1UL << (int)KnownField.Removed) & present) | (_high != 0 ? present & (1UL << 63) : 0)) != 0;

    public FieldSet With(KnownField id)
    {
        Debug.Assert((int)id is > 0 and < 128, "Other is no field, and there is room for 127 known ones.");
        return (int)id < 64 ? new(_low | (1UL << (int)id), _high) : new(_low, _high | (1UL << ((int)id - 64)));
    }

    public FieldSet Without(KnownField id)
        => (int)id < 64 ? new(_low & ~(1UL << (int)id), _high) : new(_low, _high & ~(1UL << ((int)id - 64)));

    public FieldSet With(FieldSet other) => new(_low | other._low, _high | other._high);
}
