namespace Weir.Sdk.Expressions;

/// <summary>Why a text is no expression. <paramref name="Column"/> counts from 0 in the text that was given to the compiler.</summary>
public readonly record struct ExpressionError(int Column, string Message, string? Hint = null);
