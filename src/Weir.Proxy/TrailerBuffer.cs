using Weir.Http.Fields;

namespace Weir.Proxy;

/// <summary>Trailer fields of one direction, in an arena that takes nothing else. LoopState, pooled with its exchange.</summary>
internal sealed class TrailerBuffer : IDisposable
{
    private readonly TextArena _arena = new();

    public TrailerBuffer() => Fields = new FieldTable(_arena);

    public FieldTable Fields { get; }

    public void Reset()
    {
        Fields.Reset();
        _arena.Reset();
    }

    public void Dispose() => _arena.Dispose();
}
