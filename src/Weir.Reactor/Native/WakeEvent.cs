using System.Runtime.InteropServices;

namespace Weir.Reactor.Native;

/// <summary>
/// The eventfd that wakes a sleeping loop. Counted by <see cref="SafeHandle"/>, so that a thread that is about to wake a loop which ends
/// just then never writes into a descriptor that has become someone's connection.
/// </summary>
internal sealed unsafe class WakeEvent : SafeHandle
{
    public WakeEvent()
        : base(-1, ownsHandle: true)
        => SetHandle(SystemCallException.Check(Libc.eventfd(0, Constants.EventNonblock | Constants.EventCloexec), "eventfd"));

    public override bool IsInvalid => handle < 0;

    /// <summary>For the loop itself, which outlives none of its calls.</summary>
    public int Fd => (int)handle;

    /// <summary>Wakes the loop, from any thread; nothing once it is gone.</summary>
    public void Set()
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            ulong one = 1;
            Libc.write(Fd, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended: nobody is to be woken.
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>On the loop, when it was woken.</summary>
    public void Clear()
    {
        ulong count;
        Libc.read(Fd, &count, sizeof(ulong));
    }

    protected override bool ReleaseHandle() => Libc.close(Fd) == 0;
}
