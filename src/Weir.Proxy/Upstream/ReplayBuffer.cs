using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy.Upstream;

/// <summary>Bytes of buffers that a loop's exchanges keep request bodies in. LoopState.</summary>
internal sealed class ReplayMemory
{
    /// <summary>So much for all exchanges of a loop together; beyond it bodies are not kept.</summary>
    public const long Limit = 64 * 1024 * 1024;

    public long Bytes { get; set; }
}

/// <summary>
/// What an exchange keeps of its request's body, so that another attempt can send it again: all of it so far, or nothing. When it grows
/// beyond what is allowed it is given up, and the exchange goes on without. Native memory of the loop's pool. LoopState; one to an exchange.
/// </summary>
internal sealed class ReplayBuffer(BufferPool buffers, ReplayMemory memory)
{
    private Lease[] _parts = [];
    private int _count;
    private int _most;

    /// <summary>Bytes that are kept.</summary>
    public int Length { get; private set; }

    /// <summary>What comes is kept.</summary>
    public bool IsRecording { get; private set; }

    public int Parts => _count;

    /// <summary>From here on what is sent is kept, up to <paramref name="most"/> bytes.</summary>
    public void Begin(int most)
    {
        _most = most;
        IsRecording = true;
    }

    /// <summary>No other attempt will follow this one. What is kept may still be being sent.</summary>
    public void End() => IsRecording = false;

    /// <param name="piece">Copied.</param>
    /// <param name="expected">How much may follow, as far as is known: a small body takes a small buffer. Negative when it is not known.</param>
    public void Add(BodyPiece piece, long expected)
    {
        if (piece.Length > _most - Length)
        {
            Release();
            return;
        }

        for (var data = piece.Span; !data.IsEmpty;)
        {
            if ((_count == 0 || _parts[_count - 1].Room == 0) && !TryAppend(Math.Max(expected, data.Length)))
            {
                Release();
                return;
            }

            ref var last = ref _parts[_count - 1];
            var part = data[..Math.Min(data.Length, last.Room)];
            part.CopyTo(last.Free);
            last.End += part.Length;
            Length += part.Length;
            data = data[part.Length..];
        }
    }

    /// <summary>A part of what is kept, in the order in which it came.</summary>
    public unsafe BodyPiece Part(int index) => new(_parts[index].Pointer, _parts[index].End);

    /// <summary>Gives everything back.</summary>
    public void Release()
    {
        IsRecording = false;
        Length = 0;
        while (_count > 0)
        {
            memory.Bytes -= _parts[--_count].Capacity;
            buffers.Return(ref _parts[_count]);
        }
    }

    private bool TryAppend(long expected)
    {
        var size = expected <= BufferPool.Capacity(BufferSize.Tiny) ? BufferSize.Tiny : BufferSize.Small;
        if (memory.Bytes + BufferPool.Capacity(size) > ReplayMemory.Limit) return false;
        // Sixteen of 16 KiB hold what most rules allow; it grows once to the most that a rule of this process does.
        if (_count == _parts.Length) Array.Resize(ref _parts, Math.Max(4, _count * 2));
        _parts[_count++] = buffers.Rent(size);
        memory.Bytes += BufferPool.Capacity(size);
        return true;
    }
}
