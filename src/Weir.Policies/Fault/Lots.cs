using Weir.Sdk.Configuration;

namespace Weir.Policies.Fault;

/// <summary>Draws that all loops share: splitmix64 (Steele, Lea and Flood, 2014) over a counter, so that a seed says what comes.</summary>
internal sealed class Lots(int? seed)
{
    private const ulong Step = 0x9e3779b97f4a7c15UL;

    private ulong _state = seed is { } given ? (ulong)given : (ulong)Random.Shared.NextInt64();

    /// <summary>Of 2^32 draws so many say yes.</summary>
    public static ulong Of(Percent share) => (ulong)Math.Round(share.Fraction * (1UL << 32));

    public bool Draw(ulong share)
    {
        if (share == 0) return false;
        var value = Interlocked.Add(ref _state, Step);
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebUL;
        return (value ^ (value >> 31)) >> 32 < share;
    }
}
