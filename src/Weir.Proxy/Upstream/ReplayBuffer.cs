using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy.Upstream;

/// <summary>
/// What an exchange keeps of its request's body, so that another attempt can send it again: all of it so far, or nothing. When it grows
/// beyond what is allowed it is given up, and the exchange goes on without. Native memory of the loop's pool. LoopState; one to an exchange.
/// </summary>
internal sealed class ReplayBuffer(BufferPool buffers, BodyMemory memory)
{
    private readonly BodyRing _body = new(buffers, BufferSize.Small, memory);
    private int _most;

    /// <summary>Bytes that are kept.</summary>
    public int Length => _body.Length;

    /// <summary>What comes is kept.</summary>
    public bool IsRecording { get; private set; }

    public int Parts => _body.Parts;

    /// <summary>From here on what is sent is kept, up to <paramref name="most"/> bytes.</summary>
    public void Begin(int most)
    {
        _most = most;
        IsRecording = true;
    }

    /// <summary>No other attempt will follow this one. What is kept may still be being sent.</summary>
    public void End() => IsRecording = false;

    /// <param name="piece">Copied.</param>
    /// <param name="expected">How much may follow, with this, as far as is known. Negative when it is not known.</param>
    public void Add(BodyPiece piece, long expected)
    {
        if (piece.Length > _most - Length || !_body.TryAdd(piece.Span, expected)) Release();
    }

    /// <summary>A part of what is kept, in the order in which it came.</summary>
    public BodyPiece Part(int index) => _body.Part(index);

    /// <summary>Gives everything back.</summary>
    public void Release()
    {
        IsRecording = false;
        _body.Release();
    }
}
