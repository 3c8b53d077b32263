using System.Collections.Concurrent;
using System.Diagnostics;

namespace Weir.Load.Processes;

/// <summary>
/// Starts every child from one thread that lives as long as the program. The kernel is asked to stop a child when the thread that started it ends,
/// so that nothing is left behind even if this program is killed outright; on a pool thread that would strike at random.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<Action> Work = Begin();

    public static void Start(Process process)
    {
        using var done = new ManualResetEventSlim();
        Exception? failure = null;
        Work.Add(() =>
        {
            try
            {
                process.Start();
            }
            catch (Exception e)
            {
                failure = e;
            }

            done.Set();
        });
        done.Wait();
        if (failure is not null)
            throw new BenchException($"cannot start {process.StartInfo.FileName}: {failure.Message}");
    }

    private static BlockingCollection<Action> Begin()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (Action action in work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "spawner" }.Start();
        return work;
    }
}
