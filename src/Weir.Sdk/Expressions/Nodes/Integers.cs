using System.Buffers.Text;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions.Nodes;

internal sealed class ReadInteger(Func<ExchangeAccess, long> read) : IntegerNode
{
    public override long Get(ref Evaluation e) => read(e.Exchange);
}

internal enum Order : byte { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

internal sealed class CompareIntegers(IntegerNode left, Order order, IntegerNode right) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        var a = left.Get(ref e);
        var b = right.Get(ref e);
        return order switch
        {
            Order.Equal => a == b,
            Order.NotEqual => a != b,
            Order.Less => a < b,
            Order.LessOrEqual => a <= b,
            Order.Greater => a > b,
            _ => a >= b,
        };
    }
}

internal sealed class IntegerIn(IntegerNode value, long[] list) : BooleanNode
{
    public override bool Get(ref Evaluation e) => list.AsSpan().Contains(value.Get(ref e));
}

/// <summary><c>len(x)</c>, in bytes.</summary>
internal sealed class Length(TextNode text) : IntegerNode
{
    public override long Get(ref Evaluation e) => text.Get(ref e).Length;
}

/// <summary><c>int(x)</c>, <c>int(x, fallback)</c>: the fallback stands for anything that is not wholly a number.</summary>
internal sealed class ParseInteger(TextNode text, IntegerNode fallback) : IntegerNode
{
    public override long Get(ref Evaluation e)
    {
        var digits = text.Get(ref e);
        return Utf8Parser.TryParse(digits, out long value, out var read) && read == digits.Length && digits[0] != '+' ? value : fallback.Get(ref e);
    }
}
