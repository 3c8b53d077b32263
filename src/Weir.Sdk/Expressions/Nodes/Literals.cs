namespace Weir.Sdk.Expressions.Nodes;

internal sealed class TextLiteral(byte[] value) : TextNode
{
    public byte[] Value => value;

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = value;
        return true;
    }
}

internal sealed class IntegerLiteral(long value) : IntegerNode
{
    public long Value => value;

    public override long Get(ref Evaluation e) => value;
}

internal sealed class BooleanLiteral(bool value) : BooleanNode
{
    public override bool Get(ref Evaluation e) => value;
}
