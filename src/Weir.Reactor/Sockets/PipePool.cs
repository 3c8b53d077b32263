using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>A kernel pipe for splicing. Owned by one body at a time.</summary>
public sealed class Pipe
{
    internal int ReadFd;
    internal int WriteFd;
    internal bool IsLeased;

    /// <summary>Bytes that a pipe holds at most.</summary>
    public int Capacity { get; internal init; }

    /// <summary>Bytes that are in the pipe.</summary>
    public int Filled { get; internal set; }
}

/// <summary>A loop's pipes. A pipe that is given back with bytes in it is closed: they belong to nobody else. LoopState.</summary>
public sealed unsafe class PipePool : IDisposable
{
    private const int MaxPooled = 64;
    private const int WantedCapacity = 256 * 1024;

    private readonly Stack<Pipe> _free = new();
    private int _lowest;

    /// <summary>Pipes that are out now.</summary>
    public int Leased { get; private set; }

    internal bool HasSpare => _free.Count > 0;

    /// <summary>A pipe, or null when the system gives none (then copy).</summary>
    public Pipe? TryRent()
    {
        if (!_free.TryPop(out var pipe)) pipe = Open();
        else if (_free.Count < _lowest) _lowest = _free.Count;
        if (pipe is null) return null;
        Leased++;
        pipe.IsLeased = true;
        return pipe;
    }

    /// <summary>Gives a pipe back, once: two bodies with one pipe would mix their bytes.</summary>
    public void Return(Pipe pipe)
    {
        if (!pipe.IsLeased) throw new InvalidOperationException("A pipe was returned twice.");
        pipe.IsLeased = false;
        Leased--;
        if (pipe.Filled == 0 && _free.Count < MaxPooled) _free.Push(pipe);
        else Close(pipe);
    }

    public void Dispose()
    {
        while (_free.TryPop(out var pipe)) Close(pipe);
    }

    internal void Trim()
    {
        for (var surplus = _lowest; surplus > 0 && _free.TryPop(out var pipe); surplus--) Close(pipe);
        _lowest = _free.Count;
    }

    private static Pipe? Open()
    {
        var fds = stackalloc int[2];
        if (Libc.pipe2(fds, Constants.OpenNonblock | Constants.OpenCloexec) < 0) return null;
        // The kernel's per-user budget for pipe pages may refuse. Its own size then stands, which is 8 KiB for who is past the budget.
        var size = Libc.fcntl(fds[1], Constants.FcntlSetPipeSize, WantedCapacity);
        if (size <= 0) size = Libc.fcntl(fds[1], Constants.FcntlGetPipeSize, 0);
        return new Pipe { ReadFd = fds[0], WriteFd = fds[1], Capacity = size > 0 ? size : 4096 };
    }

    private static void Close(Pipe pipe)
    {
        Libc.close(pipe.ReadFd);
        Libc.close(pipe.WriteFd);
    }
}
