using System.Text;
using Weir.Http.Addresses;
using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>The comparisons: which types they take, and the node for each.</summary>
internal static class Operators
{
    public const string Matches = "matches";

    public static readonly string[] Words = ["contains", "starts-with", "ends-with", Matches, "in"];

    /// <summary>The operator that a token stands for, or null.</summary>
    public static string? Find(Token token) => token.Kind switch
    {
        TokenKind.Equal => "==",
        TokenKind.NotEqual => "!=",
        TokenKind.Less => "<",
        TokenKind.LessOrEqual => "<=",
        TokenKind.Greater => ">",
        TokenKind.GreaterOrEqual => ">=",
        TokenKind.Word when token.Word != "in" && Words.Contains(token.Word) => token.Word,
        _ => null,
    };

    public static Node? Make(Parser parser, string sign, Token at, Node left, Node right)
    {
        if (char.IsAsciiLetter(sign[0])) return MakeTextOperator(parser, sign, left, right);
        var order = sign switch { "==" => Order.Equal, "!=" => Order.NotEqual, "<" => Order.Less, "<=" => Order.LessOrEqual, ">" => Order.Greater, _ => Order.GreaterOrEqual };
        if (left is IntegerNode a && right is IntegerNode b) return new CompareIntegers(a, order, b);
        if (order > Order.NotEqual)
            return parser.Fail(at.Start, $"{sign} compares numbers, and {parser.Describe(left is IntegerNode ? right : left)}", left.Type == ExpressionType.Text ? "int(x) makes a number of text" : null);
        var negated = order == Order.NotEqual;
        return (left, right) switch
        {
            (TextNode text, TextLiteral literal) => new TextEqualsLiteral(text, literal.Value, negated),
            (TextLiteral literal, TextNode text) => new TextEqualsLiteral(text, literal.Value, negated),
            (TextNode x, TextNode y) => new TextEquals(x, y, negated),
            (BooleanNode x, BooleanNode y) => Negate(new BooleanEquals(x, y), negated),
            (AddressNode x, AddressNode y) => Negate(new AddressEquals(x, y), negated),
            (AddressNode x, TextLiteral y) => Networks(parser, [y]) is { } networks ? Negate(new AddressIn(x, networks), negated) : null,
            (TextLiteral x, AddressNode y) => Networks(parser, [x]) is { } networks ? Negate(new AddressIn(y, networks), negated) : null,
            _ => parser.Fail(at.Start, $"{parser.Describe(left)} and {parser.Describe(right)}: they are never equal", left.Type == ExpressionType.Integer || right.Type == ExpressionType.Integer ? "numbers are written without quotes; int(x) makes a number of text" : null),
        };
    }

    public static Node? MakeIn(Parser parser, Token at, Node left, List<Node> entries, bool isList)
    {
        foreach (var entry in entries)
            if (entry is not (TextLiteral or IntegerLiteral)) return parser.Fail(entry.Start, "in takes literals only", "join comparisons with || for anything else");
        switch (left)
        {
            case AddressNode address:
                return Networks(parser, entries) is { } networks ? new AddressIn(address, networks) : null;
            case TextNode text when entries.All(e => e is TextLiteral):
                return isList ? new TextIn(text, [.. entries.Select(e => ((TextLiteral)e).Value)]) : parser.Fail(at.Start, "in takes a list here", "write [ … ], or contains to look inside of text");
            case IntegerNode number when entries.All(e => e is IntegerLiteral):
                return isList ? new IntegerIn(number, [.. entries.Select(e => ((IntegerLiteral)e).Value)]) : parser.Fail(at.Start, "in takes a list here", "write [ … ]");
            case BooleanNode:
                return parser.Fail(left.Start, $"in takes text, a number or an address, and {parser.Describe(left)}");
            default:
                var other = entries.First(e => e.Type != left.Type);
                return parser.Fail(other.Start, $"{parser.Describe(left)}, and {parser.Describe(other)}: they are never equal");
        }
    }

    private static Node? MakeTextOperator(Parser parser, string sign, Node left, Node right)
    {
        var wrong = left is not TextNode ? left : right is not TextNode ? right : null;
        if (wrong is not null)
            return parser.Fail(wrong.Start, $"{sign} takes text, and {parser.Describe(wrong)}", wrong is AddressNode ? "write in with a block such as \"10.0.0.0/8\"" : null);
        var (text, part) = ((TextNode)left, (TextNode)right);
        return sign switch
        {
            "contains" => new Contains(text, part),
            "starts-with" => new StartsWith(text, part),
            "ends-with" => new EndsWith(text, part),
            _ => part is TextLiteral literal ? Patterns.Compile(parser, literal, text) : parser.Fail(right.Start, "matches takes a pattern in quotes"),
        };
    }

    private static CidrSet? Networks(Parser parser, List<Node> literals)
    {
        List<string> networks = [];
        foreach (var node in literals)
        {
            var text = node is TextLiteral literal ? Encoding.UTF8.GetString(literal.Value) : "";
            if (node is not TextLiteral)
                parser.Fail(node.Start, $"an address or a block in quotes is expected, and {parser.Describe(node)}");
            else if (!CidrSet.TryParse([text], out _, out _))
                parser.Fail(node.Start, $"\"{text}\" is no address and no block such as 10.0.0.0/8");
            networks.Add(text);
        }

        return CidrSet.TryParse(networks, out var set, out _) ? set : null;
    }

    private static BooleanNode Negate(BooleanNode node, bool negated) => negated ? new Not(node) : node;
}
