using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>
/// Parses and types one expression. The grammar, loosest first, is in docs/expressions.md:
/// <code>
/// or = and { "||" and }          and = comparison { "&amp;&amp;" comparison }
/// comparison = default [ operator default | "in" ( list | default ) ]
/// default = unary { "??" unary } unary = "!" unary | primary
/// primary = literal | name | function "(" … ")" | "(" or ")"
/// </code>
/// A method that returns null has set <see cref="Error"/>; only the first error counts.
/// </summary>
internal sealed class Parser
{
    private readonly string _source;
    private readonly ExpressionPhase _phase;
    private readonly Lexer _lexer;
    private Token _token;
    private int _lastEnd;
    private int _depth;
    private ExpressionError? _error;

    public Parser(string source, int position, ExpressionPhase phase, int nodesSoFar = 0)
    {
        (_source, _phase, NodeCount) = (source, phase, nodesSoFar);
        _lexer = new Lexer(source, position);
        _token = _lexer.Next();
    }

    public ExpressionError Error => _error!.Value;

    public int NodeCount { get; private set; }

    /// <summary>A name that only a response gives a value to was used.</summary>
    public bool UsesResponse { get; private set; }

    /// <summary>Where the token after the expression ends; for templates, behind the closing brace.</summary>
    public int Position => _token.End;

    /// <summary>An expression up to the end of the text or up to a closing brace, which is left for the caller.</summary>
    public Node? Parse(TokenKind until)
    {
        var node = Or();
        if (node is null || _token.Kind == until) return node;
        return Unexpected(until == TokenKind.End ? "an operator or the end of the expression is expected here" : "an operator or '}' is expected here");
    }

    private Node? Or()
    {
        if (++_depth > ExpressionLimits.Depth) return Fail(_token.Start, $"nested deeper than {ExpressionLimits.Depth}");
        var node = Several(TokenKind.Or, And, "||", static all => new Any(all));
        _depth--;
        return node;
    }

    private Node? And() => Several(TokenKind.And, Comparison, "&&", static all => new All(all));

    private Node? Several(TokenKind separator, Func<Node?> parse, string sign, Func<BooleanNode[], BooleanNode> make)
    {
        var first = parse();
        if (first is null || _token.Kind != separator) return first;
        var operands = new List<BooleanNode>();
        for (var node = first; ; node = parse())
        {
            if (node is null) return null;
            if (node is not BooleanNode boolean) return Fail(node.Start, $"{sign} joins conditions, and {Describe(node)}", ConditionHint(node));
            operands.Add(boolean);
            if (_token.Kind != separator) return Finish(make([.. operands]), first.Start);
            Advance();
        }
    }

    private Node? Comparison()
    {
        var left = Default();
        if (left is null) return null;
        var at = _token;
        if (at.Kind == TokenKind.Word && at.Word == "in") return In(left);
        if (Operators.Find(at) is not { } sign)
        {
            return at.Kind == TokenKind.Word
                ? Fail(at.Start, $"there is no operator {at.Word}", at.Word switch { "and" => "write &&", "or" => "write ||", "not" => "write !( … )", _ => Spelling.Hint(at.Word, Operators.Words) })
                : left;
        }

        Advance();
        if (sign == Operators.Matches && _token.Kind != TokenKind.Text) return Fail(_token.Start, "matches takes a pattern in quotes");
        var right = Default();
        if (right is null) return null;
        var node = Operators.Make(this, sign, at, left, right);
        if (node is not null && (Operators.Find(_token) is not null || _token is { Kind: TokenKind.Word, Word: "in" }))
            return Fail(_token.Start, "comparisons do not chain", "join them with && or ||");
        return node is null ? null : Finish(node, left.Start);
    }

    private Node? In(Node left)
    {
        var at = _token;
        Advance();
        var entries = new List<Node>();
        var isList = _token.Kind == TokenKind.OpenBracket;
        if (!isList)
        {
            if (Default() is not { } single) return null;
            entries.Add(single);
        }
        else
        {
            do
            {
                Advance();
                if (Unary() is not { } entry) return null;
                entries.Add(entry);
            }
            while (_token.Kind == TokenKind.Comma);
            if (!Take(TokenKind.CloseBracket, "a comma or ']' is expected here")) return null;
        }

        var node = Operators.MakeIn(this, at, left, entries, isList);
        return node is null ? null : Finish(node, left.Start);
    }

    private Node? Default()
    {
        var first = Unary();
        if (first is null || _token.Kind != TokenKind.Default) return first;
        var operands = new List<TextNode>();
        for (var node = first; ; node = Unary())
        {
            if (node is null) return null;
            if (node is not TextNode text) return Fail(node.Start, $"?? takes text that may be missing, and {Describe(node)}");
            operands.Add(text);
            if (_token.Kind != TokenKind.Default) return Finish(new FirstThatExists([.. operands]), first.Start);
            Advance();
        }
    }

    private Node? Unary()
    {
        if (_token.Kind != TokenKind.Not) return Primary();
        var start = _token.Start;
        if (++_depth > ExpressionLimits.Depth) return Fail(start, $"nested deeper than {ExpressionLimits.Depth}");
        Advance();
        var operand = Unary();
        _depth--;
        if (operand is null) return null;
        return operand is BooleanNode boolean
            ? Finish(new Not(boolean), start)
            : Fail(operand.Start, $"! takes a condition, and {Describe(operand)}", "! binds tightly: write !( … ) around a comparison");
    }

    private Node? Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Text:
                Advance();
                return Finish(new TextLiteral(token.Bytes!), token.Start);
            case TokenKind.Number:
                Advance();
                return Finish(new IntegerLiteral(token.Number), token.Start);
            case TokenKind.Open:
                Advance();
                if (Or() is not { } inner) return null;
                return Take(TokenKind.Close, "')' is expected here") ? inner : null;
            case TokenKind.Word when token.Word is "true" or "false":
                Advance();
                return Finish(new BooleanLiteral(token.Word == "true"), token.Start);
            case TokenKind.Word:
                Advance();
                return _token.Kind == TokenKind.Open ? Call(token) : Name(token);
            case TokenKind.OpenBracket:
                return Fail(token.Start, "a list can only stand after in");
            default:
                return Unexpected("a value is expected here");
        }
    }

    private Node? Call(Token name)
    {
        if (!Functions.Names.Contains(name.Word)) return Fail(name.Start, $"there is no function {name.Word}", Spelling.Hint(name.Word, Functions.Names));
        var arguments = new List<Node>();
        do
        {
            Advance();
            if (_token.Kind == TokenKind.Close && arguments.Count == 0) break;
            if (Or() is not { } argument) return null;
            arguments.Add(argument);
        }
        while (_token.Kind == TokenKind.Comma);
        if (!Take(TokenKind.Close, "a comma or ')' is expected here")) return null;
        var node = Functions.Make(this, name, arguments);
        return node is null ? null : Finish(node, name.Start);
    }

    private Node? Name(Token first)
    {
        var path = first.Word;
        if (!Compiling.Names.Roots.Contains(path))
            return Fail(first.Start, $"there is no name {path}", Spelling.Hint(path, [.. Compiling.Names.Roots, .. Functions.Names]) ?? "text needs quotes");
        if (!Compiling.Names.ByPath.TryGetValue(path, out var name))
        {
            if (_token.Kind != TokenKind.Dot || Segment() is not { } part)
                return _error is null ? Fail(first.Start, $"{path} alone is no value", $"such as {Compiling.Names.List.First(n => n.Path.StartsWith(path + ".", StringComparison.Ordinal)).Path}") : null;
            path += "." + part.Word;
            if (!Compiling.Names.ByPath.TryGetValue(path, out name))
                return Fail(part.Start, $"there is no name {path}", Spelling.Hint(path, Compiling.Names.ByPath.Keys));
        }

        if (name.Since > _phase)
        {
            return Fail(first.Start, name.Since == ExpressionPhase.Response
                ? $"{path} is known only once there is a response" : $"{path} is known only once a cluster was chosen");
        }

        UsesResponse |= name.Since == ExpressionPhase.Response;
        if (_token.Kind is TokenKind.Dot or TokenKind.OpenBracket) return Part(first, name);
        return name.Plain is not null ? Finish(name.Plain(), first.Start) : Fail(first.Start, $"{path} needs a name", $"such as {path}.{(path == "params" ? "id" : "x-name")}");
    }

    private Node? Part(Token first, Name name)
    {
        var at = _token;
        if (name.Keyed is null) return Fail(at.Start, $"{name.Path} has no parts");
        string key;
        if (at.Kind == TokenKind.Dot)
        {
            if (Segment() is not { } segment) return null;
            (key, at) = (segment.Word, segment);
        }
        else
        {
            Advance();
            if (_token.Kind != TokenKind.Text) return Fail(_token.Start, "a name in quotes is expected here");
            at = _token;
            key = System.Text.Encoding.UTF8.GetString(_token.Bytes!);
            Advance();
            if (!Take(TokenKind.CloseBracket, "']' is expected here")) return null;
        }

        if (key.Length == 0 || (name.Path.EndsWith(".header", StringComparison.Ordinal) && !key.All(IsTokenCharacter)))
            return Fail(at.Start, key.Length == 0 ? "the name is empty" : $"\"{key}\" is no name of a header field");
        return Finish(name.Keyed(key), first.Start);
    }

    // The dot is the current token; the lexer stands right behind it.
    private Token? Segment()
    {
        var part = _lexer.Segment();
        if (part.Kind == TokenKind.Bad)
        {
            Fail(_lexer.Error.Column, _lexer.Error.Message);
            return null;
        }

        _token = part;
        Advance();
        return part;
    }

    private void Advance()
    {
        _lastEnd = _token.End;
        _token = _lexer.Next();
    }

    private bool Take(TokenKind kind, string otherwise)
    {
        if (_token.Kind != kind)
        {
            Unexpected(otherwise);
            return false;
        }

        Advance();
        return true;
    }

    private Node? Finish(Node node, int start)
    {
        (node.Start, node.End) = (start, _lastEnd);
        return ++NodeCount > ExpressionLimits.Nodes ? Fail(start, $"more than {ExpressionLimits.Nodes} values and operators") : node;
    }

    private Node? Unexpected(string expected)
    {
        if (_token.Kind == TokenKind.Bad) return Fail(_lexer.Error.Column, _lexer.Error.Message, _lexer.Error.Hint);
        return Fail(_token.Start, expected);
    }

    internal Node? Fail(int column, string message, string? hint = null)
    {
        _error ??= new ExpressionError(column, message, hint);
        return null;
    }

    /// <summary>"request.path is text".</summary>
    internal string Describe(Node node) => $"{_source[node.Start..node.End]} is {TypeName(node.Type)}";

    internal static string TypeName(ExpressionType type) => type switch
    {
        ExpressionType.Text => "text",
        ExpressionType.Integer => "a number",
        ExpressionType.Boolean => "a condition",
        _ => "an address",
    };

    internal static string? ConditionHint(Node node) => node.Type == ExpressionType.Text ? "compare it, or write exists( … )" : null;

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
