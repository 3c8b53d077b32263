namespace Weir.Sdk.Expressions.Nodes;

internal enum ExpressionType : byte { Text, Integer, Boolean, Address }

/// <summary>A compiled (part of an) expression. Immutable once compiled, shared by all loops; evaluation is one virtual call a node.</summary>
internal abstract class Node
{
    public abstract ExpressionType Type { get; }

    /// <summary>Where it stands in the source, for messages.</summary>
    public int Start { get; set; }

    public int End { get; set; }

    /// <summary>Writes the value as text. False when the sink or the scratch is full.</summary>
    public abstract bool TryWrite(ref Evaluation e, ref ByteSink sink);
}

internal abstract class BooleanNode : Node
{
    public sealed override ExpressionType Type => ExpressionType.Boolean;

    public abstract bool Get(ref Evaluation e);

    public sealed override bool TryWrite(ref Evaluation e, ref ByteSink sink) => sink.TryWrite(Get(ref e) ? "true"u8 : "false"u8) && !e.Overflowed;
}

internal abstract class IntegerNode : Node
{
    public sealed override ExpressionType Type => ExpressionType.Integer;

    public abstract long Get(ref Evaluation e);

    public sealed override bool TryWrite(ref Evaluation e, ref ByteSink sink) => sink.TryWriteNumber(Get(ref e)) && !e.Overflowed;
}

internal abstract class TextNode : Node
{
    public sealed override ExpressionType Type => ExpressionType.Text;

    /// <summary>The bytes, valid until the evaluation ends; false and empty when what the name stands for is not there.</summary>
    public abstract bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text);

    public ReadOnlySpan<byte> Get(ref Evaluation e)
    {
        TryGet(ref e, out var text);
        return text;
    }

    public override bool TryWrite(ref Evaluation e, ref ByteSink sink) => sink.TryWrite(Get(ref e)) && !e.Overflowed;
}
