using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Weir.Reactor.Buffers;

/// <summary>The sizes that buffers come in.</summary>
public enum BufferSize : byte
{
    /// <summary>4 KiB: an ordinary head, what a waiting exchange holds.</summary>
    Tiny,

    /// <summary>16 KiB: a larger head, a TLS record.</summary>
    Small,

    /// <summary>72 KiB: bodies under way. A 64 KiB body and its head fit, and so cost one receive and one send.</summary>
    Medium,

    /// <summary>256 KiB: the largest head that a listener may allow.</summary>
    Large,
}

/// <summary>
/// A loop's buffers: native memory, last used first, given out as leases. Idle connections hold none, so what is out follows the
/// traffic; what lies unused for a while goes back to the system. LoopState: loop-confined, counters readable from anywhere.
/// </summary>
public sealed unsafe class BufferPool : IDisposable
{
    private static readonly int[] Sizes = [4 * 1024, 16 * 1024, 72 * 1024, 256 * 1024];

    private readonly Stack<nint>[] _free = [new(64), new(32), new(16), new(4)];
    private readonly int[] _lowest = new int[4];

    // Debug only: the buffers that are out.
    private readonly HashSet<nint> _out = [];

    /// <summary>Leases that are out now.</summary>
    public int Leased { get; private set; }

    /// <summary>Bytes taken from the system, leased or free.</summary>
    public long Reserved { get; private set; }

    /// <summary>Buffers lie unused: trimming will give some back.</summary>
    internal bool HasSpare => _free[0].Count + _free[1].Count + _free[2].Count + _free[3].Count > 0;

    /// <summary>The bytes of a buffer of this size.</summary>
    public static int Capacity(BufferSize size) => Sizes[(int)size];

    /// <summary>The smallest size that holds so many bytes; the largest there is for more than that.</summary>
    public static BufferSize SizeFor(int bytes)
        => bytes <= Sizes[0] ? BufferSize.Tiny : bytes <= Sizes[1] ? BufferSize.Small : bytes <= Sizes[2] ? BufferSize.Medium : BufferSize.Large;

    /// <summary>Leases a buffer. Its bytes are whatever the last holder left: only what was received or written is ever read.</summary>
    public Lease Rent(BufferSize size)
    {
        Leased++;
        var free = _free[(int)size];
        if (free.TryPop(out var pointer))
        {
            if (free.Count < _lowest[(int)size]) _lowest[(int)size] = free.Count;
        }
        else
        {
            pointer = (nint)NativeMemory.AlignedAlloc((nuint)Sizes[(int)size], 64);
            Reserved += Sizes[(int)size];
        }

        NoteRented(pointer);
        return new Lease((byte*)pointer, size);
    }

    /// <summary>Gives a lease back and empties the caller's copy; an empty lease is ignored.</summary>
    public void Return(ref Lease lease)
    {
        if (lease.IsEmpty) return;
        NoteReturned(lease);
        Leased--;
        Poison(lease);
        _free[(int)lease.Size].Push((nint)lease.Pointer);
        lease = default;
    }

    /// <summary>Gives back to the system what was never needed since the last call; the loop calls it every few seconds.</summary>
    public void Trim()
    {
        for (var size = 0; size < Sizes.Length; size++)
        {
            // Half of the slack at a time, so that a load that comes in waves does not pay for it.
            for (var surplus = (_lowest[size] + 1) / 2; surplus > 0 && _free[size].TryPop(out var pointer); surplus--)
            {
                NativeMemory.AlignedFree((void*)pointer);
                Reserved -= Sizes[size];
            }

            _lowest[size] = _free[size].Count;
        }
    }

    public void Dispose()
    {
        for (var size = 0; size < Sizes.Length; size++)
        {
            while (_free[size].TryPop(out var pointer))
            {
                NativeMemory.AlignedFree((void*)pointer);
                Reserved -= Sizes[size];
            }
        }
    }

    [Conditional("DEBUG")]
    private void NoteRented(nint pointer) => _out.Add(pointer);

    [Conditional("DEBUG")]
    private void NoteReturned(Lease lease)
    {
        if (!_out.Remove((nint)lease.Pointer)) throw new InvalidOperationException("A lease was returned twice, or to another loop's pool.");
    }

    [Conditional("DEBUG")]
    private static void Poison(Lease lease) => new Span<byte>(lease.Pointer, Capacity(lease.Size)).Fill(0xDB);
}
