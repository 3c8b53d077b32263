using Weir.Reactor.Native;

namespace Weir.Reactor;

/// <summary>What the process may use.</summary>
public static unsafe class ProcessLimits
{
    /// <summary>Loops for <c>workers: auto</c>: the cores that affinity and the cgroup's quota leave to this process, rounded up. The runtime reads both.</summary>
    public static int Cores => Math.Max(1, Environment.ProcessorCount);

    /// <summary>Raises the soft limit of open files to the hard one; what it is then.</summary>
    public static long RaiseOpenFiles()
    {
        ResourceLimit limit;
        if (Libc.getrlimit(Constants.LimitOpenFiles, &limit) < 0) return -1;
        if (limit.Current < limit.Maximum)
        {
            var raised = limit with { Current = limit.Maximum };
            if (Libc.setrlimit(Constants.LimitOpenFiles, &raised) == 0) limit = raised;
        }

        return limit.Current > long.MaxValue ? long.MaxValue : (long)limit.Current;
    }
}
