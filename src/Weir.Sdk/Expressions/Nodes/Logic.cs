namespace Weir.Sdk.Expressions.Nodes;

internal sealed class Not(BooleanNode operand) : BooleanNode
{
    public override bool Get(ref Evaluation e) => !operand.Get(ref e);
}

/// <summary><c>a &amp;&amp; b &amp;&amp; c</c>, left to right, ending at the first that is false.</summary>
internal sealed class All(BooleanNode[] operands) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        foreach (var operand in operands)
            if (!operand.Get(ref e)) return false;
        return true;
    }
}

/// <summary><c>a || b || c</c>, left to right, ending at the first that is true.</summary>
internal sealed class Any(BooleanNode[] operands) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        foreach (var operand in operands)
            if (operand.Get(ref e)) return true;
        return false;
    }
}

internal sealed class BooleanEquals(BooleanNode left, BooleanNode right) : BooleanNode
{
    public override bool Get(ref Evaluation e) => left.Get(ref e) == right.Get(ref e);
}
