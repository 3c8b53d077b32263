using System.Runtime.InteropServices;

namespace Weir.Reactor.Native;

/// <summary>System calls on files, for what the runtime's own streams cannot do: appending that holds beside other writers.</summary>
internal static unsafe partial class LibcFiles
{
    private const string Name = "libc";

    [LibraryImport(Name, SetLastError = true)]
    public static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int poll(PollEntry* entries, nuint count, int timeoutMs);
}

internal struct PollEntry
{
    public int Fd;
    public short Events;
    public short Returned;
}
