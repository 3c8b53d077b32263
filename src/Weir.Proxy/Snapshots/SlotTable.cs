using Weir.Proxy.Model;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// Lays the slots of a split out. The first arm has what the others leave; each of those begins at a place of its own, which its position
/// alone decides, and takes as many free slots from there on as are its share. So a weight that moves between the first arm and another
/// moves only the difference, as long as no arm runs into the beginning of one behind it.
/// </summary>
internal static class SlotTable
{
    public static byte[] Lay(IReadOnlyList<int> weights)
    {
        var slots = new byte[Split.Slots];
        var shares = Shares(weights);
        for (var arm = 1; arm < shares.Length; arm++)
        {
            for (var (at, left) = (Start(arm), shares[arm]); left > 0; at = (at + 1) % Split.Slots)
            {
                if (slots[at] != 0) continue;
                slots[at] = (byte)arm;
                left--;
            }
        }

        return slots;
    }

    // By largest remainders, so that they are all the slots.
    private static int[] Shares(IReadOnlyList<int> weights)
    {
        var sum = weights.Sum(static w => (long)w);
        if (sum == 0) return [.. weights.Select(static (_, i) => i == 0 ? Split.Slots : 0)];
        int[] shares = [.. weights.Select(w => (int)(w * (long)Split.Slots / sum))];
        var left = Split.Slots - shares.Sum();
        foreach (var (_, arm) in weights.Select((w, i) => (w * (long)Split.Slots % sum, i)).OrderByDescending(static r => r.Item1).Take(left)) shares[arm]++;
        return shares;
    }

    // 0, a half, a quarter, three quarters, an eighth …: the bits of the position, mirrored (van der Corput).
    private static int Start(int arm)
    {
        var (place, step) = (0.0, 0.5);
        for (var bits = arm - 1; bits > 0; bits >>= 1, step /= 2)
            if ((bits & 1) != 0) place += step;
        return (int)(place * Split.Slots);
    }
}
