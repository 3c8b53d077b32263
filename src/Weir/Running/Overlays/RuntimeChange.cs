namespace Weir.Running.Overlays;

/// <summary>Something that was changed at run time. <paramref name="Until"/> null: until it is taken back.</summary>
internal abstract record RuntimeChange(DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>The same, and what is in force again when its time is over.</summary>
internal abstract record RuntimeChange<T>(DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange(Since, Until) where T : RuntimeChange<T>
{
    /// <summary>What was changed of the same thing until it is taken back; null for what the file says.</summary>
    public T? Before { get; init; }

    /// <summary>This change, made after another one.</summary>
    public T After(T? other) => Until is null || other is null ? (T)this : With(other.Until is null ? other : other.Before);

    protected abstract T With(T? before);
}

/// <summary>Weights of arms; those that are not named keep what the file says.</summary>
internal sealed record SplitChange(IReadOnlyDictionary<string, int> Weights, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange<SplitChange>(Since, Until)
{
    protected override SplitChange With(SplitChange? before) => this with { Before = before };
}

internal sealed record MaintenanceChange(bool On, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange<MaintenanceChange>(Since, Until)
{
    protected override MaintenanceChange With(MaintenanceChange? before) => this with { Before = before };
}

internal sealed record DrainChange(DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange<DrainChange>(Since, Until)
{
    /// <summary>Clients that a cookie keeps there move on.</summary>
    public bool Evict { get; init; }

    protected override DrainChange With(DrainChange? before) => this with { Before = before };
}

internal sealed record WeightChange(int Weight, DateTimeOffset Since, DateTimeOffset? Until) : RuntimeChange<WeightChange>(Since, Until)
{
    protected override WeightChange With(WeightChange? before) => this with { Before = before };
}
