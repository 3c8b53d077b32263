using System.Runtime.CompilerServices;
using Weir.Http;

namespace Weir.Proxy.Model;

/// <summary>What each attempt of an exchange came to, in their order: the last eight, as a log record has room for.</summary>
internal struct AttemptLog
{
    /// <summary>So many are kept.</summary>
    public const int Most = 8;

    private Notes _notes;

    /// <summary>All that were noted.</summary>
    public int Count { get; private set; }

    /// <summary>Those that are kept.</summary>
    public readonly int Kept => Math.Min(Count, Most);

    /// <summary>Of those that are kept, the oldest first.</summary>
    public readonly AttemptNote this[int index] => _notes[(Count - Kept + index) % Most];

    public void Add(in AttemptNote note) => _notes[Count++ % Most] = note;

    /// <summary>The last one is this too.</summary>
    public void Mark(AttemptMarks marks)
    {
        if (Count == 0) return;
        ref var last = ref _notes[(Count - 1) % Most];
        last = last with { Marks = last.Marks | marks };
    }

    /// <summary>The last one of another exchange is this one's too.</summary>
    public void AddLast(in AttemptLog other, AttemptMarks marks)
    {
        if (other.Count == 0) return;
        Add(other[other.Kept - 1]);
        Mark(marks);
    }

    /// <summary>Nothing is known again. Names of endpoints stay until others take their place, and cost nothing.</summary>
    public void Clear() => Count = 0;

    [InlineArray(Most)]
    private struct Notes
    {
        private AttemptNote _first;
    }
}

/// <summary>What one attempt came to.</summary>
/// <param name="Endpoint">Its URL, as configured or found.</param>
/// <param name="Microseconds">From its beginning to the response's head, or to its failure.</param>
/// <param name="Status">Of the response; 0 when there was none.</param>
/// <param name="Refusal">Why there was none.</param>
/// <param name="Marks">What else it was.</param>
internal readonly record struct AttemptNote(string Endpoint, int Microseconds, short Status, Refusal Refusal, AttemptMarks Marks);

/// <summary>What an attempt was to others of its exchange.</summary>
[Flags]
internal enum AttemptMarks : byte
{
    None = 0,

    /// <summary>It was made beside another.</summary>
    Hedge = 1,

    /// <summary>Of two it is the one that the client has the answer of.</summary>
    Won = 2,

    /// <summary>The other one of two was quicker: it was broken off.</summary>
    Cancelled = 4,
}
