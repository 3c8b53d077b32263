using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weir.Reactor.Buffers;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>
/// Datagrams that come or go with one call, each whole: what did not fit its place is not among them. Buffers are leased as they are
/// needed and held until <see cref="Release"/>. LoopState.
/// </summary>
public sealed unsafe class DatagramBatch
{
    /// <summary>Datagrams that it has room for.</summary>
    public const int Capacity = 32;

    // Of the largest that UDP can say in its length.
    private const int LargestDatagram = 64 * 1024;

    private const int NameStride = 32;
    private const int ControlStride = 64;

    private readonly BufferPool _pool;
    private readonly BufferSize _size;
    private readonly int _room;
    private readonly int _perLease;
    private readonly Lease[] _leases;
    private readonly byte[] _memory;
    private readonly BatchedMessage* _messages;
    private readonly IoVector* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;

    public DatagramBatch(BufferPool pool)
        : this(pool, BufferSize.Large, LargestDatagram)
    {
    }

    internal DatagramBatch(BufferPool pool, BufferSize size, int room)
    {
        _pool = pool;
        _size = size;
        _room = room;
        _perLease = BufferPool.Capacity(size) / room;
        _leases = new Lease[(Capacity + _perLease - 1) / _perLease];
        _memory = GC.AllocateArray<byte>(Capacity * (sizeof(BatchedMessage) + sizeof(IoVector) + NameStride + ControlStride), pinned: true);
        _messages = (BatchedMessage*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _vectors = (IoVector*)(_messages + Capacity);
        _names = (byte*)(_vectors + Capacity);
        _controls = _names + (Capacity * NameStride);
    }

    /// <summary>Datagrams in it.</summary>
    public int Count { get; private set; }

    public int Room => Capacity - Count;

    /// <summary>Datagrams that were received and did not fit; they are gone.</summary>
    public int Truncated { get; private set; }

    public ReadOnlySpan<byte> Data(int at) => new(_vectors[at].Base, (int)_vectors[at].Length);

    public int Length(int at) => (int)_vectors[at].Length;

    /// <summary>Bytes of so many datagrams.</summary>
    public long Bytes(int from, int count)
    {
        var bytes = 0L;
        for (var i = from; i < from + count; i++) bytes += (long)_vectors[i].Length;
        return bytes;
    }

    /// <summary>Whom a received datagram is from.</summary>
    public PeerAddress Sender(int at) => PeerAddress.FromKernel(Name(at));

    /// <summary>Which address of ours a received datagram was for, port 0; loopback where the socket is bound to one.</summary>
    public PeerAddress Own(int at)
    {
        var own = ReturnPath.OwnAddress(Control(at));
        return own.IsEmpty ? PeerAddress.Loopback : PeerAddress.FromKernel(own, 0);
    }

    /// <summary>How the sender of a received datagram is answered: its address, and the one of ours that it wrote to.</summary>
    public ReturnPath PathTo(int at) => new(Name(at), Control(at));

    /// <summary>Two received datagrams came the same way: one sender, and one address of ours.</summary>
    public bool IsSamePath(int a, int b)
        => Name(a).SequenceEqual(Name(b)) && ReturnPath.OwnAddress(Control(a)).SequenceEqual(ReturnPath.OwnAddress(Control(b)));

    /// <summary>Says where datagrams go that are sent from a socket that has no other end.</summary>
    public void Address(int from, int count, in ReturnPath path)
    {
        for (var i = from; i < from + count; i++)
        {
            ref var header = ref _messages[i].Header;
            header.Name = _names + (i * NameStride);
            header.NameLength = (uint)path.CopyName(new Span<byte>(header.Name, NameStride));
            header.Control = _controls + (i * ControlStride);
            header.ControlLength = path.CopyControl(new Span<byte>(header.Control, ControlStride));
            if (header.ControlLength == 0) header.Control = null;
        }
    }

    /// <summary>Forgets the datagrams; buffers are kept for the next.</summary>
    public void Clear() => Count = Truncated = 0;

    /// <summary>Forgets the datagrams and gives the buffers back.</summary>
    public void Release()
    {
        Clear();
        for (var i = 0; i < _leases.Length && !_leases[i].IsEmpty; i++) _pool.Return(ref _leases[i]);
    }

    /// <summary>Takes up to so many datagrams more from the kernel: how many it gave, or -1.</summary>
    internal int Receive(int fd, int most)
    {
        most = Math.Min(most, Room);
        Debug.Assert(most > 0);
        for (var i = Count; i < Count + most; i++) Prepare(i);
        var received = Libc.recvmmsg(fd, _messages + Count, (uint)most, Constants.MessageDontWait, null);
        var (first, end) = (Count, Count + received);
        for (var at = first; at < end; at++)
        {
            if ((_messages[at].Header.Flags & Constants.MessageTruncated) != 0)
            {
                Truncated++;
                continue;
            }

            _vectors[at].Length = (nint)_messages[at].Length;
            if (at != Count) Move(at, Count);
            Count++;
        }

        return received;
    }

    internal BatchedMessage* Messages(int from) => _messages + from;

    /// <summary>The socket knows its other end.</summary>
    internal void Unaddress(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            ref var header = ref _messages[i].Header;
            header.Name = header.Control = null;
            header.NameLength = 0;
            header.ControlLength = 0;
        }
    }

    private void Prepare(int at)
    {
        ref var lease = ref _leases[at / _perLease];
        if (lease.IsEmpty) lease = _pool.Rent(_size);
        _vectors[at] = new IoVector { Base = lease.Pointer + (at % _perLease * _room), Length = _room };
        _messages[at].Header = new MessageHeader
        {
            Name = _names + (at * NameStride),
            NameLength = NameStride,
            Vectors = _vectors + at,
            VectorCount = 1,
            Control = _controls + (at * ControlStride),
            ControlLength = ControlStride,
        };
    }

    // Up to a place whose datagram is not kept. The buffers go along: places get theirs anew before they receive.
    private void Move(int from, int to)
    {
        _vectors[to] = _vectors[from];
        _messages[to] = _messages[from];
        _messages[to].Header.Vectors = _vectors + to;
    }

    private ReadOnlySpan<byte> Name(int at) => new(_messages[at].Header.Name, (int)_messages[at].Header.NameLength);

    private ReadOnlySpan<byte> Control(int at) => new(_messages[at].Header.Control, (int)_messages[at].Header.ControlLength);
}
