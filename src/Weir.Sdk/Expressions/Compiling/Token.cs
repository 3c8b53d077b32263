namespace Weir.Sdk.Expressions.Compiling;

internal enum TokenKind : byte
{
    End, Bad, Word, Text, Number,
    Dot, Comma, Open, Close, OpenBracket, CloseBracket, CloseBrace,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or, Not, Default,
}

/// <summary>A token; <paramref name="Word"/> for words, <paramref name="Bytes"/> for text, <paramref name="Number"/> for numbers.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End, string Word = "", byte[]? Bytes = null, long Number = 0);
