namespace Weir.Running;

/// <summary>What came of a reload, or of the start. <paramref name="Diagnostics"/> are lines ready to be shown.</summary>
internal sealed record ReloadOutcome(
    bool Success, bool Changed, long Version, DateTimeOffset At, double Milliseconds, IReadOnlyList<string> Diagnostics, IReadOnlyList<string> Changes);
