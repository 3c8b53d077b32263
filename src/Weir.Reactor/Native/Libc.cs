using System.Runtime.InteropServices;

namespace Weir.Reactor.Native;

/// <summary>The system calls that the reactor makes. Errors come back as -1 with <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_ctl(int epfd, int op, int fd, byte* ev);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_wait(int epfd, byte* events, int max, int timeoutMs);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint write(int fd, void* buffer, nint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint pread(int fd, void* buffer, nint length, long offset);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int bind(int fd, byte* address, int length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int listen(int fd, int backlog);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int accept4(int fd, byte* address, int* length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int connect(int fd, byte* address, int length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getsockname(int fd, byte* address, int* length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int setsockopt(int fd, int level, int name, void* value, int length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getsockopt(int fd, int level, int name, void* value, int* length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint recv(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint sendmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int recvmmsg(int fd, BatchedMessage* messages, uint count, int flags, void* timeout);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int sendmmsg(int fd, BatchedMessage* messages, uint count, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int shutdown(int fd, int how);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int pipe2(int* fds, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint splice(int fdIn, long* offIn, int fdOut, long* offOut, nint length, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int unlink(byte* path);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int chmod(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int statx(int folder, byte* path, int flags, uint mask, StatxBuffer* buffer);
}

/// <summary>Reads and writes struct epoll_event, which is packed on x86-64 and naturally aligned elsewhere.</summary>
internal static unsafe class EpollEvents
{
    public static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Size - sizeof(ulong);

    public static uint Flags(byte* events, int index) => *(uint*)(events + (index * Size));

    public static ulong Data(byte* events, int index)
        => System.Runtime.CompilerServices.Unsafe.ReadUnaligned<ulong>(events + (index * Size) + DataOffset);

    public static void Write(byte* ev, uint flags, ulong data)
    {
        *(uint*)ev = flags;
        System.Runtime.CompilerServices.Unsafe.WriteUnaligned(ev + DataOffset, data);
    }
}

internal unsafe struct IoVector
{
    public byte* Base;
    public nint Length;
}

internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nint VectorCount;
    public byte* Control;
    public nint ControlLength;
    public int Flags;
}

/// <summary>struct mmsghdr: one of several messages, and its length.</summary>
internal struct BatchedMessage
{
    public MessageHeader Header;
    public uint Length;
}

/// <summary>struct statx, which is laid out alike on all architectures; only the mode is read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    [FieldOffset(28)]
    public ushort Mode;
}

internal struct ResourceLimit
{
    public ulong Current;
    public ulong Maximum;
}
