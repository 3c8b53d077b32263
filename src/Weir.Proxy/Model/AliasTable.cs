namespace Weir.Proxy.Model;

/// <summary>
/// Draws positions with chances that go by weight, at a cost that does not depend on their number: the alias method (Vose, "A linear
/// algorithm for generating random numbers with a given distribution", 1991). Immutable.
/// </summary>
internal sealed class AliasTable
{
    private readonly uint[] _keep;
    private readonly int[] _alias;

    private AliasTable(uint[] keep, int[] alias) => (_keep, _alias) = (keep, alias);

    public static AliasTable Of(IReadOnlyList<int> weights)
    {
        var count = weights.Count;
        var sum = weights.Sum(static w => (long)w);
        // Each place holds 1/count of the whole: so much of it is its own, the rest another's.
        var left = weights.Select(w => (double)w * count / sum).ToArray();
        var alias = Enumerable.Range(0, count).ToArray();
        var keep = new uint[count];
        var small = new Stack<int>(Enumerable.Range(0, count).Where(i => left[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, count).Where(i => left[i] >= 1));
        while (small.Count > 0 && large.Count > 0)
        {
            var (less, more) = (small.Pop(), large.Pop());
            keep[less] = (uint)(left[less] * uint.MaxValue);
            alias[less] = more;
            left[more] -= 1 - left[less];
            if (left[more] < 1) small.Push(more);
            else large.Push(more);
        }

        // What is left is 1 but for rounding.
        foreach (var full in small.Concat(large)) keep[full] = uint.MaxValue;
        return new AliasTable(keep, alias);
    }

    /// <param name="random">63 random bits.</param>
    public int Draw(ulong random)
    {
        var at = (int)(((random >> 32) * (uint)_keep.Length) >> 31);
        return (uint)random <= _keep[at] ? at : _alias[at];
    }
}
