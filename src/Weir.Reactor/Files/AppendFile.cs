using System.Runtime.InteropServices;
using System.Text;
using Weir.Reactor.Native;

namespace Weir.Reactor.Files;

/// <summary>
/// A file, or a descriptor of the process, that is only appended to. Each write goes to the end as it is then, so that a log that was
/// truncated, or has another writer, stays whole. Blocking: never on a loop. Not thread-safe.
/// </summary>
public sealed unsafe class AppendFile : IDisposable
{
    private const int Flags = 0x1 | 0x40 | 0x400 | 0x80000 | 0x100; // WRONLY, CREAT, APPEND, CLOEXEC, NOCTTY
    private const uint Mode = 0x1A0;                                // 0640
    private const short PollOut = 4;
    private const int PatienceMs = 1000;

    private readonly bool _owned;
    private int _fd;

    private AppendFile(int fd, bool owned) => (_fd, _owned) = (fd, owned);

    /// <summary>Opens or creates; <see cref="SystemCallException"/> when that cannot be done.</summary>
    public static AppendFile Open(string path)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + "\0"))
            return new AppendFile(SystemCallException.Check(LibcFiles.open(bytes, Flags, Mode), "open"), owned: true);
    }

    /// <summary>1 for standard output, 2 for standard error; it stays open.</summary>
    public static AppendFile Standard(int fd) => new(fd, owned: false);

    /// <summary>Writes all, or throws <see cref="SystemCallException"/>; a part may be written then.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_fd < 0, this);
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = Libc.write(_fd, start + done, bytes.Length - done);
                if (written >= 0) done += (int)written;
                else WaitOrThrow(Marshal.GetLastPInvokeError());
            }
        }
    }

    public void Dispose()
    {
        if (_owned && _fd >= 0) Libc.close(_fd);
        _fd = -1;
    }

    // Whoever gave us standard output may have made it non-blocking: a reader that is slow is waited for, one that hangs is not.
    private void WaitOrThrow(int errno)
    {
        if (errno == Constants.ErrnoInterrupted) return;
        if (errno != Constants.ErrnoAgain) throw new SystemCallException("write", errno);
        var entry = new PollEntry { Fd = _fd, Events = PollOut };
        if (LibcFiles.poll(&entry, 1, PatienceMs) == 0) throw new SystemCallException("write", errno);
    }
}
