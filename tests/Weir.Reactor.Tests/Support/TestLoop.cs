namespace Weir.Reactor.Tests.Support;

/// <summary>A running loop with ways to do things on it and wait for them, each for a bounded time.</summary>
internal sealed class TestLoop : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public TestLoop(LoopOptions? options = null, int index = 0)
    {
        Loop = new Loop(index, options);
        Loop.Start();
    }

    public Loop Loop { get; }

    /// <summary>Does something on the loop and waits.</summary>
    public void Do(Action action) => Get(() =>
    {
        action();
        return true;
    });

    /// <summary>Computes something on the loop and waits.</summary>
    public T Get<T>(Func<T> compute)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(
            _ =>
            {
                try
                {
                    done.SetResult(compute());
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            },
            null);
        return Finish(done.Task);
    }

    /// <summary>Begins a method on the loop; the task ends with it.</summary>
    public Task Begin(Func<ValueTask> method)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(_ => Drive(method, done), null);
        return done.Task;
    }

    /// <summary>Runs methods on the loop, side by side, to their end.</summary>
    public void Run(params Func<ValueTask>[] methods) => Finish(Task.WhenAll(methods.Select(Begin)));

    /// <summary>Waits for a task, not for ever.</summary>
    public static void Finish(Task task) => task.WaitAsync(Patience).GetAwaiter().GetResult();

    /// <summary>Waits for a task, not for ever.</summary>
    public static T Finish<T>(Task<T> task) => task.WaitAsync(Patience).GetAwaiter().GetResult();

    /// <summary>Asks on the loop until something holds.</summary>
    public void Until(Func<bool> condition, string what)
    {
        for (var i = 0; i < 4000; i++)
        {
            if (Get(condition)) return;
            Thread.Sleep(5);
        }

        throw new TimeoutException("Never came true: " + what);
    }

    public void Dispose() => Loop.Dispose();

    private static async Detached Drive(Func<ValueTask> method, TaskCompletionSource done)
    {
        try
        {
            await method();
            done.SetResult();
        }
        catch (Exception error)
        {
            done.SetException(error);
        }
    }
}
