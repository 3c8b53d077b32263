using System.Diagnostics.CodeAnalysis;
using Weir.Sdk.Expressions.Compiling;
using Weir.Sdk.Expressions.Nodes;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions;

/// <summary>
/// A compiled expression that is true or false, such as that of <c>when:</c>. Immutable, shared by all loops, without side effects.
/// Evaluation is one virtual call per node and allocates nothing; a typical condition costs some tens of nanoseconds, most of
/// it for finding fields. The language is described in docs/expressions.md.
/// </summary>
public sealed class Condition
{
    private readonly BooleanNode _root;

    private Condition(string text, BooleanNode root, bool needsResponse) => (Text, _root, NeedsResponse) = (text, root, needsResponse);

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>It reads <c>response.…</c>, so it means something only once there is a response.</summary>
    public bool NeedsResponse { get; }

    /// <summary>Compiles a condition for the request phase, in which <c>response.…</c> is an error.</summary>
    public static bool TryCompile(string text, [NotNullWhen(true)] out Condition? condition, out ExpressionError error)
        => TryCompile(text, ExpressionPhase.Request, out condition, out error);

    /// <summary>Compiles a condition that will be evaluated in this phase; false and what is wrong where otherwise.</summary>
    public static bool TryCompile(string text, ExpressionPhase phase, [NotNullWhen(true)] out Condition? condition, out ExpressionError error)
    {
        condition = null;
        if (text.Length > ExpressionLimits.SourceLength)
        {
            error = new ExpressionError(ExpressionLimits.SourceLength, $"longer than {ExpressionLimits.SourceLength} characters");
            return false;
        }

        var parser = new Parser(text, 0, phase);
        var node = parser.Parse(TokenKind.End);
        if (node is not null and not BooleanNode) parser.Fail(node.Start, $"a condition is expected, and {parser.Describe(node)}", Parser.ConditionHint(node));
        if (node is not BooleanNode root)
        {
            error = parser.Error;
            return false;
        }

        error = default;
        condition = new Condition(text, root, parser.UsesResponse);
        return true;
    }

    /// <summary>
    /// True or false for this exchange; on its loop. False also when decoding its values takes more than
    /// <see cref="ExpressionLimits.ScratchLength"/> bytes, which heads within their limits do not reach.
    /// </summary>
    public bool Evaluate(ExchangeAccess exchange)
    {
        var evaluation = new Evaluation(exchange);
        try
        {
            return _root.Get(ref evaluation) && !evaluation.Overflowed;
        }
        finally
        {
            evaluation.End();
        }
    }

    /// <summary>The expression as it was written.</summary>
    public override string ToString() => Text;
}
