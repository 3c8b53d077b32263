using Weir.Reactor.Native;

namespace Weir.Reactor;

/// <summary>What the process may use.</summary>
public static unsafe class ProcessLimits
{
    /// <summary>Loops for <c>workers: auto</c>: the cores that affinity and the cgroup's quota leave to this process, rounded up.
    /// The runtime reads both once, at start: a quota that is changed later is seen by the next process.</summary>
    public static int Cores => Math.Max(1, Environment.ProcessorCount);

    /// <summary>
    /// Up to this descriptor clients are accepted: 256 below the limit, or an eighth of it. The rest is for connections to origins, for
    /// files, and for the runtime.
    /// </summary>
    internal static int DescriptorCeiling
    {
        get
        {
            ResourceLimit limit;
            if (Libc.getrlimit(Constants.LimitOpenFiles, &limit) < 0) return int.MaxValue;
            return (int)Math.Min(limit.Current - Math.Min(256, limit.Current / 8), int.MaxValue);
        }
    }

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
