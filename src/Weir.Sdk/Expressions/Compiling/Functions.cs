using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>The functions. docs/expressions.md is checked against <see cref="Names"/>.</summary>
internal static class Functions
{
    public static readonly string[] Names = ["lower", "upper", "len", "exists", "default", "int"];

    public static Node? Make(Parser parser, Token name, List<Node> arguments)
    {
        var (least, most) = name.Word switch { "default" => (2, 2), "int" => (1, 2), _ => (1, 1) };
        if (arguments.Count < least || arguments.Count > most)
            return parser.Fail(name.Start, $"{name.Word}() takes {(least == most ? least : $"{least} or {most}")} argument{(most == 1 ? "" : "s")}, not {arguments.Count}");
        if (arguments[0] is not TextNode text) return parser.Fail(arguments[0].Start, $"{name.Word}() takes text, and {parser.Describe(arguments[0])}");
        switch (name.Word)
        {
            case "lower" or "upper":
                // The outer one decides: no chain of copies.
                return new ChangeCase(text is ChangeCase inner ? inner.Operand : text, name.Word == "upper");
            case "len":
                return new Length(text);
            case "exists":
                return text is TextLiteral ? parser.Fail(text.Start, "a literal always exists") : new Exists(text);
            case "int":
                var fallback = arguments.Count > 1 ? arguments[1] : new IntegerLiteral(0);
                return fallback is IntegerNode number ? new ParseInteger(text, number) : parser.Fail(fallback.Start, $"the fallback of int() is a number, and {parser.Describe(fallback)}");
            default:
                return arguments[1] is TextNode other ? new FirstThatExists([text, other]) : parser.Fail(arguments[1].Start, $"default() takes text, and {parser.Describe(arguments[1])}");
        }
    }
}
