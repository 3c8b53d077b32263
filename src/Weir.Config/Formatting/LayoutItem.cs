namespace Weir.Config.Formatting;

/// <summary>What a piece of the text is, as far as layout goes.</summary>
internal enum ItemKind : byte { Dash, Question, Colon, MapOpen, MapClose, ListOpen, ListClose, Comma, Anchor, Alias, Tag, Text, Block, Comment, Marker }

/// <summary>
/// A piece of the source that is kept as it is, and where it goes. Only what is between pieces, and the indentation of their
/// lines, is the formatter's to change.
/// </summary>
internal sealed class LayoutItem
{
    public required ItemKind Kind { get; init; }

    /// <summary>The text; of a scalar of several lines, its lines.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    public required int StartLine { get; init; }

    public required int EndLine { get; init; }

    /// <summary>The old column, from 0.</summary>
    public required int Column { get; init; }

    /// <summary>The white space before it, when it is not the first of its line.</summary>
    public required string Gap { get; init; }

    /// <summary>It begins its line.</summary>
    public required bool IsFirst { get; init; }

    /// <summary>Where its line starts when it is the first of it.</summary>
    public int Indent { get; set; }

    /// <summary>Where the further lines of a scalar start.</summary>
    public int InnerIndent { get; set; }

    /// <summary>The block collections that are open after it, old column and new.</summary>
    public IReadOnlyList<(int Old, int New)> Open { get; set; } = [];
}
