namespace Weir.Running.Overlays;

/// <summary>What a wish makes of what was changed before: what holds from now on, or why nothing is changed.</summary>
internal readonly record struct OverlayEdit
{
    /// <summary>Null when nothing is changed.</summary>
    public OverlayState? State { get; private init; }

    public string? Problem { get; private init; }

    public static implicit operator OverlayEdit(OverlayState state) => new() { State = state };

    public static OverlayEdit Refused(string problem) => new() { Problem = problem };
}
