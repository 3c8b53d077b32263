using System.Numerics;

namespace Weir.Proxy.Wire.Http2;

/// <summary>
/// Streams of a connection that have something to send and wait for room: the more urgent first, RFC 9218 §10; of the same urgency, in
/// the order they came, where those that are of use in parts take turns. LoopState.
/// </summary>
internal sealed class SendQueue
{
    // Each a ring: the first, whose previous one is the last.
    private readonly Http2Stream?[] _first = new Http2Stream?[Priority.Lowest + 1];
    private uint _urgencies;

    /// <summary>Whose turn it is; null for nobody's.</summary>
    public Http2Stream? First => _urgencies == 0 ? null : _first[BitOperations.TrailingZeroCount(_urgencies)];

    public void Add(Http2Stream stream)
    {
        if (stream.IsQueued) return;
        var urgency = stream.Priority.Urgency;
        stream.QueuedAs = urgency;
        if (_first[urgency] is { } first)
        {
            (stream.Next, stream.Previous) = (first, first.Previous);
            first.Previous!.Next = stream;
            first.Previous = stream;
            return;
        }

        stream.Next = stream.Previous = stream;
        _first[urgency] = stream;
        _urgencies |= 1u << urgency;
    }

    public void Remove(Http2Stream stream)
    {
        if (!stream.IsQueued) return;
        var urgency = stream.QueuedAs;
        if (stream.Next == stream)
        {
            _first[urgency] = null;
            _urgencies &= ~(1u << urgency);
        }
        else
        {
            stream.Previous!.Next = stream.Next;
            stream.Next!.Previous = stream.Previous;
            if (_first[urgency] == stream) _first[urgency] = stream.Next;
        }

        stream.Next = stream.Previous = null;
        stream.QueuedAs = Http2Stream.NotQueued;
    }

    /// <summary>The first has had its turn.</summary>
    public void Rotate(Http2Stream first) => _first[first.QueuedAs] = first.Next;
}
