namespace Weir.Explaining;

/// <summary>What is said beside an endpoint, for people: its reason, what its cluster's panic makes of it, and who is avoided for being slow.</summary>
internal static class WhyText
{
    public static string Of(string? panic, string? state, double share, string? reason, string? avoided)
    {
        // It has a share though it is in a state that has none.
        var isPanics = panic is not null && share > 0 && state is "unhealthy" or "ejected";
        var parts = new[] { reason, avoided is null ? null : $"avoided: {avoided}" }.OfType<string>();
        return string.Join(' ', new[] { isPanics ? $"(panic: {panic})" : "", string.Join("; ", parts) }.Where(static p => p.Length > 0));
    }
}
