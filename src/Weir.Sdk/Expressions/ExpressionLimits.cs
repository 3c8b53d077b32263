namespace Weir.Sdk.Expressions;

/// <summary>Bounds of the language. All but the last two are checked at load time.</summary>
public static class ExpressionLimits
{
    /// <summary>Characters of an expression or a template.</summary>
    public const int SourceLength = 4096;

    /// <summary>Values, operators and list entries of one text.</summary>
    public const int Nodes = 256;

    /// <summary>Nesting of parentheses, functions and <c>!</c>.</summary>
    public const int Depth = 32;

    /// <summary>Bytes that a template may become.</summary>
    public const int OutputLength = 64 * 1024;

    /// <summary>Bytes of intermediate text (decoded or case-folded values) that one evaluation may hold.</summary>
    public const int ScratchLength = 1024 * 1024;
}
