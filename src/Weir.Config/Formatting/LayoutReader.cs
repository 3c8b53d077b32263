using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace Weir.Config.Formatting;

/// <summary>
/// The scanner's tokens to pieces with their new indentation. Follows the block collections: each goes two columns deeper than
/// the one around it, a list under a key too. Throws <see cref="YamlException"/> for what is not YAML.
/// </summary>
internal sealed class LayoutReader(string text)
{
    private const int Step = 2;

    private readonly string[] _source = text.Split('\n');
    private readonly List<LayoutItem> _items = [];
    private readonly List<Collection> _open = [];
    private int _flowDepth;
    private int _lastEnd = -1;
    private int _headerEnd = -1;

    public static IReadOnlyList<LayoutItem> Read(string text)
    {
        var reader = new LayoutReader(text);
        var scanner = new Scanner(new StringReader(text), skipComments: false);
        while (scanner.MoveNext())
        {
            // An error token does not end the stream: the scanner would go on giving it.
            if (scanner.Current is Error error) throw new YamlException(error.Start, error.End, error.Value);
            reader.Take(scanner.Current!);
        }

        CommentLayout.Place(reader._items);
        return reader._items;
    }

    private int ParentOld => _open.Count == 0 ? -1 : _open[^1].Old;

    private int ParentNew => _open.Count == 0 ? -Step : _open[^1].New;

    private int ContentIndent => _flowDepth > 0 ? Math.Max(ParentNew, 0) + (Step * _flowDepth) : Math.Max(ParentNew + Step, 0);

    private void Take(Token token)
    {
        switch (token)
        {
            case BlockMappingStart or BlockSequenceStart:
                _open.Add(new Collection((int)token.Start.Column - 1, ParentNew + Step, token is BlockMappingStart, false));
                break;
            case BlockEnd:
                EndIndentless();
                if (_open.Count > 0) _open.RemoveAt(_open.Count - 1);
                break;
            case BlockEntry:
                // A list that stands in the column of its key has no start token.
                if (_open.Count > 0 && _open[^1].IsMapping) _open.Add(new Collection((int)token.Start.Column - 1, ParentNew + Step, false, true));
                Add(ItemKind.Dash, token, Math.Max(ParentNew, 0));
                break;
            case Key:
                if (_flowDepth == 0) EndIndentless();
                if (token.End.Index > token.Start.Index) Add(ItemKind.Question, token, _flowDepth > 0 ? ContentIndent : Math.Max(ParentNew, 0));
                break;
            case Value:
                if (_flowDepth == 0) EndIndentless();
                Add(ItemKind.Colon, token, _flowDepth > 0 ? ContentIndent : Math.Max(ParentNew, 0));
                break;
            case FlowMappingStart:
                Flow(ItemKind.MapOpen, token, 1);
                break;
            case FlowMappingEnd:
                Flow(ItemKind.MapClose, token, -1);
                break;
            case FlowSequenceStart:
                Flow(ItemKind.ListOpen, token, 1);
                break;
            case FlowSequenceEnd:
                Flow(ItemKind.ListClose, token, -1);
                break;
            case FlowEntry:
                Add(ItemKind.Comma, token, ContentIndent);
                break;
            case Anchor:
                Add(ItemKind.Anchor, token, LineIndent(token));
                break;
            case AnchorAlias:
                Add(ItemKind.Alias, token, LineIndent(token));
                break;
            case Tag:
                Add(ItemKind.Tag, token, LineIndent(token));
                break;
            case Scalar { Style: ScalarStyle.Literal or ScalarStyle.Folded }:
                AddBlock(token);
                break;
            case Scalar:
                Add(ItemKind.Text, token, LineIndent(token));
                break;
            case Comment when token.Start.Index >= _headerEnd:
                AddComment(token);
                break;
            case DocumentEnd when token.End.Index == token.Start.Index:
                // The mark "..." has no length either; an implicit end does not come as a token.
                Add(ItemKind.Marker, (int)token.Start.Index, (int)token.Start.Index + 3, (int)token.Start.Line - 1, (int)token.Start.Line - 1, 0, 0);
                break;
            case DocumentStart or DocumentEnd or VersionDirective or TagDirective:
                Add(ItemKind.Marker, token, 0);
                break;
        }
    }

    // A key goes where its mapping is; a value on a line of its own goes deeper.
    private int LineIndent(Token token) => _flowDepth == 0 && (int)token.Start.Column - 1 == ParentOld ? Math.Max(ParentNew, 0) : ContentIndent;

    private void Flow(ItemKind kind, Token token, int change)
    {
        if (change < 0) _flowDepth--;
        // An end token has no length, but is one character; a closing bracket stands under what opened it.
        var indent = change > 0 ? LineIndent(token) : Math.Max(ParentNew, 0) + (Step * _flowDepth);
        Add(kind, (int)token.Start.Index, (int)token.Start.Index + 1, (int)token.Start.Line - 1, (int)token.Start.Line - 1, (int)token.Start.Column - 1, indent);
        if (change > 0) _flowDepth++;
    }

    private void EndIndentless()
    {
        if (_open.Count > 0 && _open[^1].IsIndentless) _open.RemoveAt(_open.Count - 1);
    }

    private void Add(ItemKind kind, Token token, int indent)
        => Add(kind, (int)token.Start.Index, (int)token.End.Index, (int)token.Start.Line - 1, (int)token.End.Line - 1, (int)token.Start.Column - 1, indent);

    private void Add(ItemKind kind, int start, int end, int startLine, int endLine, int column, int indent)
    {
        var lines = text[start..end].Split('\n');
        AddItem(kind, lines, start, startLine, endLine, column, indent, ContentIndent);
        _lastEnd = end;
    }

    private void AddComment(Token token)
    {
        var (start, line) = ((int)token.Start.Index, (int)token.Start.Line - 1);
        var end = text.IndexOf('\n', start);
        AddItem(ItemKind.Comment, [text[start..(end < 0 ? text.Length : end)].TrimEnd()], start, line, line, (int)token.Start.Column - 1, _flowDepth > 0 ? ContentIndent : -1, 0);
        _lastEnd = start + 1;
    }

    private void AddBlock(Token token)
    {
        var (line, column) = ((int)token.Start.Line - 1, (int)token.Start.Column - 1);
        // The comment behind the header comes before the scalar's token; it stays in the header's line, which is kept whole.
        if (_items.Count > 0 && _items[^1] is { Kind: ItemKind.Comment } note && note.StartLine == line && note.Column > column) _items.RemoveAt(_items.Count - 1);
        var (lines, endLine, digit) = BlockScalar.Read(_source, line, column, ParentOld);
        var inner = digit > 0 ? Math.Max(ParentNew, 0) + digit : ContentIndent;
        AddItem(ItemKind.Block, lines, (int)token.Start.Index, line, endLine, column, LineIndent(token), inner);
        var end = text.IndexOf('\n', (int)token.Start.Index);
        _headerEnd = end < 0 ? text.Length : end;
        _lastEnd = (int)token.End.Index;
    }

    private void AddItem(ItemKind kind, IReadOnlyList<string> lines, int start, int startLine, int endLine, int column, int indent, int inner)
    {
        var first = _items.Count == 0 || _items[^1].EndLine < startLine;
        _items.Add(new LayoutItem
        {
            Kind = kind,
            Lines = lines,
            StartLine = startLine,
            EndLine = endLine,
            Column = column,
            IsFirst = first,
            Gap = first || _lastEnd > start ? "" : text[Math.Max(_lastEnd, 0)..start],
            Indent = indent,
            InnerIndent = inner,
            Open = [.. _open.Select(c => (c.Old, c.New))],
        });
    }

    private readonly record struct Collection(int Old, int New, bool IsMapping, bool IsIndentless);
}
