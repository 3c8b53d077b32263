namespace Weir.Http.Fields;

/// <summary>
/// Edits of a frozen <see cref="FieldTable"/> that belong to one attempt or mirror: positions taken out, fields added.
/// Loop-confined, reset for each attempt.
/// </summary>
public sealed class FieldOverlay : IDisposable
{
    private readonly TextArena _arena = new();
    private ulong[] _removed = new ulong[2];
    private FieldTable? _base;

    public FieldOverlay() => Added = new FieldTable(_arena);

    /// <summary>Fields that this attempt adds.</summary>
    public FieldTable Added { get; }

    /// <summary>True when nothing was edited, which is the common case: the writer then skips the checks.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Starts over on a frozen table.</summary>
    public void Start(FieldTable frozen)
    {
        _base = frozen;
        if (IsEmpty) return;
        Added.Reset();
        _arena.Reset();
        Array.Clear(_removed);
        IsEmpty = true;
    }

    /// <summary>This position of the frozen table is not sent.</summary>
    public bool IsRemoved(int position) => (uint)(position >> 6) < (uint)_removed.Length && (_removed[position >> 6] & (1UL << (position & 63))) != 0;

    public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        IsEmpty = false;
        return Added.TryAdd(name, value);
    }

    public bool TrySet(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Remove(name);
        return TryAdd(name, value);
    }

    public void Remove(ReadOnlySpan<byte> name)
    {
        var frozen = _base ?? throw new InvalidOperationException("The overlay was not started.");
        IsEmpty = false;
        Added.Remove(name);
        for (var i = frozen.IndexOf(name); i >= 0; i = frozen.IndexOf(name, i + 1))
        {
            if (i >> 6 >= _removed.Length) Array.Resize(ref _removed, (i >> 6) + 2);
            _removed[i >> 6] |= 1UL << (i & 63);
        }
    }

    /// <summary>The value that this attempt would send first under a name; empty when none.</summary>
    public ReadOnlySpan<byte> Get(ReadOnlySpan<byte> name)
    {
        if (_base is not null)
            for (var i = _base.IndexOf(name); i >= 0; i = _base.IndexOf(name, i + 1))
                if (!IsRemoved(i)) return _base.Value(i);
        return Added.Get(name);
    }

    public void Dispose() => _arena.Dispose();
}
