using System.Text;
using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>Cuts a template into literal pieces and compiled expressions.</summary>
internal sealed class TemplateParser(string text, ExpressionPhase phase)
{
    private readonly List<Node> _parts = [];
    private readonly StringBuilder _literal = new();

    public ExpressionError Error { get; private set; }

    public bool UsesResponse { get; private set; }

    public bool TryParse(out Node[] parts)
    {
        parts = [];
        if (text.Length > ExpressionLimits.SourceLength)
        {
            Error = new ExpressionError(ExpressionLimits.SourceLength, $"longer than {ExpressionLimits.SourceLength} characters");
            return false;
        }

        var nodes = 0;
        for (var i = 0; i < text.Length;)
        {
            if (At(i, "$${"))
            {
                _literal.Append("${");
                i += 3;
            }
            else if (!At(i, "${"))
            {
                _literal.Append(text[i++]);
            }
            else
            {
                var parser = new Parser(text, i + 2, phase, nodes);
                if (parser.Parse(TokenKind.CloseBrace) is not { } node)
                {
                    Error = parser.Error;
                    return false;
                }

                EndLiteral();
                _parts.Add(node);
                (nodes, i) = (parser.NodeCount, parser.Position);
                UsesResponse |= parser.UsesResponse;
            }
        }

        EndLiteral();
        parts = [.. _parts];
        return true;
    }

    private bool At(int position, string sign) => string.CompareOrdinal(text, position, sign, 0, sign.Length) == 0;

    private void EndLiteral()
    {
        if (_literal.Length > 0) _parts.Add(new TextLiteral(Encoding.UTF8.GetBytes(_literal.ToString())));
        _literal.Clear();
    }
}
