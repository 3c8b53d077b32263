using System.Runtime.InteropServices;

namespace Weir.Load;

/// <summary>The few calls of libc that the base library has no name for.</summary>
internal static partial class Native
{
    public const int SigHup = 1, SigInt = 2, SigKill = 9, SigTerm = 15;
    public const short PollIn = 1;

    private const int SetTimerSlack = 29;

    /// <summary>A negative id reaches the whole process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    public static unsafe partial int Poll(PollEntry* entries, nuint count, in TimeSpec timeout, nint signalMask);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    /// <summary>Lets this thread wake within a microsecond of what it asked for; the default is 50 µs late.</summary>
    public static void WakePrecisely() => Control(SetTimerSlack, 1, 0, 0, 0);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;

        public readonly long TotalNanoseconds => (Seconds * 1_000_000_000L) + Nanoseconds;

        public static TimeSpec FromNanoseconds(long value) => new()
        {
            Seconds = (nint)(value / 1_000_000_000),
            Nanoseconds = (nint)(value % 1_000_000_000),
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }
}
