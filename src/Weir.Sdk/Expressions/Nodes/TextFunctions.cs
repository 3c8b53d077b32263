namespace Weir.Sdk.Expressions.Nodes;

/// <summary><c>lower(x)</c>, <c>upper(x)</c>: ASCII letters only, as HTTP's own case rules are. Copies only when something changes.</summary>
internal sealed class ChangeCase(TextNode text, bool upper) : TextNode
{
    private static readonly System.Buffers.SearchValues<byte> Uppercase = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);
    private static readonly System.Buffers.SearchValues<byte> Lowercase = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz"u8);

    public TextNode Operand => text;

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> result)
    {
        var exists = text.TryGet(ref e, out result);
        if (!result.ContainsAny(upper ? Lowercase : Uppercase)) return exists;
        if (!e.TryTake(result.Length, out var changed)) return false;

        // Ascii.ToLower stops at the first byte over 0x7F, so those go one by one.
        for (var i = 0; i < result.Length; i++)
        {
            var b = result[i];
            changed[i] = upper
                ? (char.IsAsciiLetterLower((char)b) ? (byte)(b & ~0x20) : b)
                : (char.IsAsciiLetterUpper((char)b) ? (byte)(b | 0x20) : b);
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
