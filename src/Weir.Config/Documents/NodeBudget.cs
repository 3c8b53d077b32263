namespace Weir.Config.Documents;

/// <summary>Bounds what one load may hold, over all its files: nodes as written, and nodes that aliases stand for.</summary>
internal sealed class NodeBudget
{
    public const int MaxNodes = 1_000_000;

    public const int MaxAliased = 100_000;

    public const int MaxDepth = 64;

    private long _nodes;
    private long _aliased;

    /// <summary>False when the document is too large.</summary>
    public bool TakeNode() => ++_nodes <= MaxNodes;

    /// <summary>False when aliases would blow the document up.</summary>
    public bool TakeAlias(long size) => (_aliased = size > MaxAliased ? long.MaxValue / 2 : _aliased + size) <= MaxAliased;
}
