namespace Weir.Config.Formatting;

/// <summary>
/// Comments on lines of their own: one goes with the line below when it stands in that line's column, else with the block
/// that it is indented like.
/// </summary>
internal static class CommentLayout
{
    public static void Place(List<LayoutItem> items)
    {
        LayoutItem? below = null;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            var item = items[i];
            if (item.Kind != ItemKind.Comment)
            {
                if (item.IsFirst) below = item;
                continue;
            }

            if (item.IsFirst && item.Indent < 0) item.Indent = IndentOf(item, below, items, i);
        }
    }

    private static int IndentOf(LayoutItem comment, LayoutItem? below, List<LayoutItem> items, int at)
    {
        if (below is not null && below.Column == comment.Column) return below.Indent;
        var above = at - 1;
        while (above >= 0 && items[above].Kind == ItemKind.Comment) above--;
        var open = above < 0 ? [] : items[above].Open;
        for (var i = open.Count - 1; i >= 0; i--)
        {
            if (open[i].Old <= comment.Column) return open[i].New;
        }

        return below?.Indent ?? 0;
    }
}
