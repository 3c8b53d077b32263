using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary>One evaluation: the exchange, and scratch from the first time that a node asks for it. Passed by reference, ended once.</summary>
internal struct Evaluation(ExchangeAccess exchange)
{
    private Scratch? _scratch;
    private int _mark;

    public readonly ExchangeAccess Exchange => exchange;

    /// <summary>Scratch ran out: the result means nothing and is not used.</summary>
    public bool Overflowed { get; private set; }

    public Scratch Scratch
    {
        get
        {
            if (_scratch is not null) return _scratch;
            _scratch = Scratch.Current;
            _mark = _scratch.Used;
            return _scratch;
        }
    }

    public bool TryTake(int length, out Span<byte> bytes)
    {
        if (Scratch.TryTake(length, out bytes)) return true;
        Overflowed = true;
        return false;
    }

    public readonly void End() => _scratch?.ReleaseTo(_mark);
}
