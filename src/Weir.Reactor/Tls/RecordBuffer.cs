using System.Runtime.InteropServices;

namespace Weir.Reactor.Tls;

/// <summary>
/// Where a thread's records are gathered between the calls that make them and the one that sends them; empty in between. One for all
/// connections of a loop.
/// </summary>
internal sealed unsafe class RecordBuffer
{
    /// <summary>Bytes of the application that are made records of before they are sent: what one call of the kernel takes.</summary>
    public const int Batch = 128 * 1024;

    /// <summary>What one record holds.</summary>
    public const int MaxRecord = 16 * 1024;

    // Header, tag and inner type of each record.
    private const int Overhead = 64;

    [ThreadStatic] private static RecordBuffer? t_own;

    private int _capacity = Batch + (((Batch / MaxRecord) + 4) * Overhead);

    private RecordBuffer()
    {
        Pointer = (byte*)NativeMemory.Alloc((nuint)_capacity);
        Plain = (byte*)NativeMemory.Alloc(MaxRecord);
    }

    ~RecordBuffer()
    {
        NativeMemory.Free(Pointer);
        NativeMemory.Free(Plain);
    }

    public static RecordBuffer OfThread => t_own ??= new RecordBuffer();

    public byte* Pointer { get; private set; }

    public int Length { get; private set; }

    /// <summary>Room for one record's plain bytes, to put pieces together.</summary>
    public byte* Plain { get; }

    public void Append(byte* data, int length)
    {
        // Only a chain of certificates beyond all reason takes more than a batch.
        if (Length + length > _capacity)
        {
            _capacity = Length + length;
            Pointer = (byte*)NativeMemory.Realloc(Pointer, (nuint)_capacity);
        }

        new ReadOnlySpan<byte>(data, length).CopyTo(new Span<byte>(Pointer + Length, length));
        Length += length;
    }

    public void Clear() => Length = 0;
}
