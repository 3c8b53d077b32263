using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weir.Logging;

namespace Weir.Running;

/// <summary>Keeps an instance going until it is asked to stop. The exit code.</summary>
internal static class Runner
{
    public static async Task<int> RunAsync(InstanceSettings settings, Func<Instance, Task>? started = null)
    {
        var wishes = Channel.CreateUnbounded<(Wish Wish, string Reason)>();
        using var signals = new SignalWatch((wish, reason) => wishes.Writer.TryWrite((wish, reason)));
        var instance = await Instance.StartAsync(settings with { Began = BeginOfProcess(settings.Time), Asked = (wish, reason) => wishes.Writer.TryWrite((wish, reason)) });
        if (instance is null) return ExitCodes.Failed;
        await using (instance)
        {
            if (started is not null) await started(instance);
            await ServeAsync(instance, settings.Log, wishes.Reader);
        }

        settings.Log.Stopped();
        return ExitCodes.Done;
    }

    private static async Task ServeAsync(Instance instance, ILogger log, ChannelReader<(Wish Wish, string Reason)> wishes)
    {
        Task? draining = null;
        while (true)
        {
            var next = wishes.WaitToReadAsync().AsTask();
            if (draining is not null && await Task.WhenAny(next, draining) == draining) return;
            await next;
            while (wishes.TryRead(out var asked))
            {
                switch (asked.Wish)
                {
                    case Wish.Reload:
                        if (draining is null) _ = ReloadAsync(instance, log, asked.Reason);
                        break;
                    case Wish.ReopenLogs:
                        instance.ReopenLogs();
                        break;
                    case Wish.Upgrade:
                        log.UpgradeLater();
                        break;
                    case Wish.Drain when draining is null:
                        draining = instance.DrainAsync(asked.Reason);
                        break;
                    default:
                        log.StoppingAtOnce(asked.Reason);
                        instance.HurryUp();
                        return;
                }
            }
        }
    }

    private static async Task ReloadAsync(Instance instance, ILogger log, string reason)
    {
        try
        {
            await instance.ReloadAsync(reason);
        }
        catch (Exception fault)
        {
            log.ReloadFault(fault);
        }
    }

    // So that "ready in" is what whoever started the program has waited.
    private static long BeginOfProcess(TimeProvider time)
    {
        var age = time.GetUtcNow().UtcDateTime - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        return time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);
    }
}
