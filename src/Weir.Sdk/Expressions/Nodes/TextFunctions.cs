using System.Buffers;
using System.Text;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary><c>lower(x)</c>, <c>upper(x)</c>: ASCII letters only, as HTTP's own case rules are. Copies only when something changes.</summary>
internal sealed class ChangeCase(TextNode text, bool upper) : TextNode
{
    private static readonly SearchValues<byte> Uppercase = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);
    private static readonly SearchValues<byte> Lowercase = SearchValues.Create("abcdefghijklmnopqrstuvwxyz"u8);

    public TextNode Operand => text;

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> result)
    {
        var exists = text.TryGet(ref e, out result);
        if (!result.ContainsAny(upper ? Lowercase : Uppercase)) return exists;
        if (!e.TryTake(result.Length, out var changed)) return false;

        // The vectorised change stops at a byte over 0x7F, which stays as it is.
        for (var done = 0; done < result.Length;)
        {
            int ascii;
            if (upper) Ascii.ToUpper(result[done..], changed[done..], out ascii);
            else Ascii.ToLower(result[done..], changed[done..], out ascii);
            done += ascii;
            if (done < result.Length) changed[done] = result[done++];
        }

        result = changed;
        return exists;
    }
}

/// <summary><c>a ?? b ?? c</c> and <c>default(a, b)</c>: the first that exists, however empty.</summary>
internal sealed class FirstThatExists(TextNode[] operands) : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = default;
        foreach (var operand in operands)
            if (operand.TryGet(ref e, out text)) return true;
        return false;
    }
}
