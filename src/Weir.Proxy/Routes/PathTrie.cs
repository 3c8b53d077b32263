using Weir.Proxy.Routes.Patterns;
using Weir.Proxy.Routes.Text;

namespace Weir.Proxy.Routes;

/// <summary>
/// The path templates of all hosts: nodes in one array, literal children in one table keyed by (node, segment). Walked depth
/// first with literal before parameter before rest, which is the order of precedence; a node is visited at most once per
/// request, and <see cref="WorstVisits"/> bounds how many are.
/// </summary>
internal sealed class PathTrie(TextPool pool, int expected)
{
    private readonly TextTable _literals = new(pool, expected);
    private Node[] _nodes = new Node[Math.Max(16, expected)];
    private int _count;

    /// <summary>Segments of the deepest template. A walk looks at no more of a request's path.</summary>
    public int Depth { get; private set; }

    public int Nodes => _count;

    public ref readonly Node this[int node] => ref _nodes[node];

    public int AddRoot() => AddNode(-1);

    /// <summary>The child for a literal segment, or -1. An only child is compared at once; of several one is looked up.</summary>
    public int Child(int number, in Node node, int depth, ReadOnlySpan<byte> path, ref MatchState state)
    {
        var (start, length) = state.Segment(depth);
        var segment = path.Slice(start, length);
        if (node.OnlyLiteral >= 0) return segment.SequenceEqual(pool[node.OnlyStart, node.OnlyLength]) ? node.OnlyLiteral : -1;

        // A longer one than any literal is not even hashed.
        return length > _literals.LongestText ? -1 : _literals.Find(number, state.SegmentHash(depth, path), segment);
    }

    /// <summary>Adds a template; its leaf, which is <paramref name="newLeaf"/> when no template before was the same.</summary>
    public int Add(int root, PathPattern pattern, int newLeaf)
    {
        Depth = Math.Max(Depth, pattern.Segments.Count);
        var node = root;
        foreach (var segment in pattern.Segments)
        {
            switch (segment.Kind)
            {
                case SegmentKind.Rest:
                    if (_nodes[node].RestLeaf < 0) _nodes[node].RestLeaf = newLeaf;
                    return _nodes[node].RestLeaf;
                case SegmentKind.Parameter:
                    if (_nodes[node].Parameter < 0)
                    {
                        // Not in one statement: adding may move the array.
                        var child = AddNode(-1);
                        _nodes[node].Parameter = child;
                    }

                    node = _nodes[node].Parameter;
                    break;
                default:
                    node = LiteralChild(node, pattern.Literal(segment));
                    break;
            }
        }

        if (_nodes[node].EndLeaf < 0) _nodes[node].EndLeaf = newLeaf;
        return _nodes[node].EndLeaf;
    }

    /// <summary>
    /// For each node, how many nodes one request can make a walk from it visit at most: itself, the worst literal child and the
    /// parameter child. Children have higher numbers than their parents, so one pass from the end does.
    /// </summary>
    public int[] WorstVisits()
    {
        var visits = new int[_count];
        var worstLiteral = new int[_count];
        for (var i = _count - 1; i >= 0; i--)
        {
            ref readonly var node = ref _nodes[i];
            var total = 1L + worstLiteral[i] + (node.Parameter >= 0 ? visits[node.Parameter] : 0);
            visits[i] = (int)Math.Min(total, int.MaxValue);
            if (node.LiteralParent >= 0) worstLiteral[node.LiteralParent] = Math.Max(worstLiteral[node.LiteralParent], visits[i]);
        }

        return visits;
    }

    private int LiteralChild(int node, ReadOnlySpan<byte> segment)
    {
        var child = _literals.GetOrAdd(node, segment, _count);
        if (child == _count)
        {
            AddNode(node);
            ref var parent = ref _nodes[node];
            parent.OnlyLiteral = parent.HasLiterals ? -1 : child;
            parent.OnlyStart = _literals.LastAdded;
            parent.OnlyLength = segment.Length;
            parent.HasLiterals = true;
        }

        return child;
    }

    private int AddNode(int literalParent)
    {
        if (_count == _nodes.Length) Array.Resize(ref _nodes, _count * 2);
        _nodes[_count] = new Node { LiteralParent = literalParent, Parameter = -1, OnlyLiteral = -1, EndLeaf = -1, RestLeaf = -1 };
        return _count++;
    }

    internal struct Node
    {
        /// <summary>The child that takes any one non-empty segment, or -1.</summary>
        public int Parameter;

        /// <summary>The leaf of templates that end here, or -1.</summary>
        public int EndLeaf;

        /// <summary>The leaf of templates that take all from here on, nothing included, or -1.</summary>
        public int RestLeaf;
        public int LiteralParent;

        /// <summary>The literal child when there is just one, else -1, and its text in the pool.</summary>
        public int OnlyLiteral;
        public int OnlyStart;
        public int OnlyLength;
        public bool HasLiterals;
    }
}
