using System.Globalization;
using System.Text;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>Cuts a source into tokens, from any position on: a template continues after an expression's closing brace.</summary>
internal sealed class Lexer(string source, int position)
{
    /// <summary>What was wrong when a token is Bad.</summary>
    public ExpressionError Error { get; private set; }

    /// <summary>Where the next token is looked for.</summary>
    public int Position { get; set; } = position;

    public Token Next()
    {
        while (Position < source.Length && char.IsWhiteSpace(source[Position])) Position++;
        var start = Position;
        if (start == source.Length) return new Token(TokenKind.End, start, start);
        var c = source[start];
        if (c is '"' or '\'') return Text(start, raw: false);
        if (c == 'r' && start + 1 < source.Length && source[start + 1] is '"' or '\'')
        {
            Position++;
            return Text(start, raw: true);
        }

        if (char.IsAsciiLetter(c) || c == '_') return Segment();
        if (char.IsAsciiDigit(c) || (c == '-' && start + 1 < source.Length && char.IsAsciiDigit(source[start + 1]))) return Number(start);
        return Operator(start);
    }

    /// <summary>The part of a name after a dot, which may start with a digit: <c>request.header.5g-cell</c>.</summary>
    public Token Segment()
    {
        var start = Position;
        while (Position < source.Length && (char.IsAsciiLetterOrDigit(source[Position]) || source[Position] is '-' or '_')) Position++;
        return start == Position
            ? Bad(start, "a name is expected here")
            : new Token(TokenKind.Word, start, Position, source[start..Position]);
    }

    private Token Operator(int start)
    {
        var next = start + 1 < source.Length ? source[start + 1] : '\0';
        var (kind, length) = (source[start], next) switch
        {
            ('=', '=') => (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('&', '&') => (TokenKind.And, 2),
            ('|', '|') => (TokenKind.Or, 2),
            ('?', '?') => (TokenKind.Default, 2),
            ('<', _) => (TokenKind.Less, 1),
            ('>', _) => (TokenKind.Greater, 1),
            ('!', _) => (TokenKind.Not, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (',', _) => (TokenKind.Comma, 1),
            ('(', _) => (TokenKind.Open, 1),
            (')', _) => (TokenKind.Close, 1),
            ('[', _) => (TokenKind.OpenBracket, 1),
            (']', _) => (TokenKind.CloseBracket, 1),
            ('}', _) => (TokenKind.CloseBrace, 1),
            _ => (TokenKind.Bad, 1),
        };
        if (kind == TokenKind.Bad)
        {
            var hint = source[start] switch { '=' => "write == to compare", '&' => "write &&", '|' => "write ||", '?' => "write ??", _ => null };
            return Bad(start, $"'{source[start]}' has no meaning here", hint);
        }

        Position += length;
        return new Token(kind, start, Position);
    }

    private Token Number(int start)
    {
        Position++;
        while (Position < source.Length && char.IsAsciiDigit(source[Position])) Position++;
        return long.TryParse(source.AsSpan(start, Position - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new Token(TokenKind.Number, start, Position, Number: number)
            : Bad(start, "this number does not fit into 64 bits");
    }

    // "…" and '…' know \\ \" \' \n \r \t \xHH; r"…" knows nothing, which suits patterns.
    private Token Text(int start, bool raw)
    {
        var quote = source[Position++];
        var bytes = new List<byte>();
        var run = Position;
        while (Position < source.Length && source[Position] != quote)
        {
            if (raw || source[Position] != '\\')
            {
                Position++;
                continue;
            }

            bytes.AddRange(Encoding.UTF8.GetBytes(source[run..Position]));
            if (!TryEscape(out var escaped))
                return Bad(Position, "no such escape", """write \\ for a backslash, or r"…" for text without escapes""");
            bytes.Add(escaped);
            run = Position;
        }

        if (Position >= source.Length) return Bad(start, "this text is not closed", $"add a {quote} at its end");
        bytes.AddRange(Encoding.UTF8.GetBytes(source[run..Position++]));
        return new Token(TokenKind.Text, start, Position, Bytes: [.. bytes]);
    }

    private bool TryEscape(out byte value)
    {
        var rest = source.AsSpan(Position + 1);
        value = 0;
        if (rest.IsEmpty) return false;
        if (rest[0] == 'x')
        {
            if (rest.Length < 3 || !byte.TryParse(rest[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)) return false;
            Position += 4;
            return true;
        }

        var at = @"\""'nrt".IndexOf(rest[0], StringComparison.Ordinal);
        if (at < 0) return false;
        value = "\\\"'\n\r\t"u8[at];
        Position += 2;
        return true;
    }

    private Token Bad(int column, string message, string? hint = null)
    {
        Error = new ExpressionError(column, message, hint);
        return new Token(TokenKind.Bad, column, column);
    }
}
