namespace Weir.Config.Watching;

/// <summary>When the watcher looks and when it speaks.</summary>
public sealed record WatchTimes
{
    /// <summary>No further event for so long, then a change is taken for complete.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A change is not held back longer than this, however busy the folder is.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often files are looked at, in case the kernel's events are missed or cannot be had.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(2);
}
