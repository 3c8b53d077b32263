namespace Weir.Running.Overlays;

/// <summary>Something that was changed at run time. <paramref name="Until"/> null: until it is taken back.</summary>
internal abstract record RuntimeChange(DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>Weights of arms; those that are not named keep what the file says.</summary>
internal sealed record SplitChange(IReadOnlyDictionary<string, int> Weights, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange(Since, Until)
{
    /// <summary>The weights that were given until they are taken back, if these are for a time: they hold again afterwards.</summary>
    public SplitChange? Before { get; init; }
}

internal sealed record MaintenanceChange(bool On, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange(Since, Until);

internal sealed record DrainChange(DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange(Since, Until)
{
    /// <summary>Clients that a cookie keeps there move on.</summary>
    public bool Evict { get; init; }
}

internal sealed record WeightChange(int Weight, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange(Since, Until);
