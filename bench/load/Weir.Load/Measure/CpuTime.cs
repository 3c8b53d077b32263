
namespace Weir.Load.Measure;

/// <summary>
/// CPU time that the processes of a group have used. The total is the kernel's nanosecond clock of each process, which also counts threads that have
/// ended; user and system time are known in ticks only and give the total's proportion.
/// </summary>
internal readonly record struct CpuTime(long Nanoseconds, long UserTicks, long SystemTicks)
{
    // CPUCLOCK_SCHED of a whole process, as clock_getcpuclockid makes it.
    private const int ScheduledClock = 2;

    public static CpuTime Of(IReadOnlyList<int> processes)
    {
        long nanoseconds = 0, user = 0, system = 0;
        foreach (int pid in processes)
        {
            if (ProcessGroup.StatOf(pid) is not { } stat)
                continue;
            user += stat[11];
            system += stat[12];
            if (Native.ClockGetTime((~pid << 3) | ScheduledClock, out Native.TimeSpec time) != 0)
                throw new BenchException($"the kernel does not tell the CPU time of process {pid}");
            nanoseconds += time.TotalNanoseconds;
        }

        return new CpuTime(nanoseconds, user, system);
    }

    public static CpuTime operator -(CpuTime later, CpuTime earlier) =>
        new(later.Nanoseconds - earlier.Nanoseconds, later.UserTicks - earlier.UserTicks, later.SystemTicks - earlier.SystemTicks);
}
