namespace Weir.Sdk.Expressions.Nodes;

/// <summary>The common one by far: a value against a literal.</summary>
internal sealed class TextEqualsLiteral(TextNode text, byte[] literal, bool negated) : BooleanNode
{
    public override bool Get(ref Evaluation e) => text.Get(ref e).SequenceEqual(literal) != negated;
}

internal sealed class TextEquals(TextNode left, TextNode right, bool negated) : BooleanNode
{
    public override bool Get(ref Evaluation e) => left.Get(ref e).SequenceEqual(right.Get(ref e)) != negated;
}

internal sealed class TextIn(TextNode text, byte[][] list) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        var value = text.Get(ref e);
        foreach (var entry in list)
            if (value.SequenceEqual(entry)) return true;
        return false;
    }
}

internal sealed class Contains(TextNode text, TextNode part) : BooleanNode
{
    public override bool Get(ref Evaluation e) => text.Get(ref e).IndexOf(part.Get(ref e)) >= 0;
}

internal sealed class StartsWith(TextNode text, TextNode start) : BooleanNode
{
    public override bool Get(ref Evaluation e) => text.Get(ref e).StartsWith(start.Get(ref e));
}

internal sealed class EndsWith(TextNode text, TextNode end) : BooleanNode
{
    public override bool Get(ref Evaluation e) => text.Get(ref e).EndsWith(end.Get(ref e));
}

/// <summary><c>exists(x)</c>.</summary>
internal sealed class Exists(TextNode text) : BooleanNode
{
    public override bool Get(ref Evaluation e) => text.TryGet(ref e, out _);
}
