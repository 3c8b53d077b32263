using Weir.Config;
using Weir.Config.Watching;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>Endpoints by a file that is watched. One that cannot be read changes nothing.</summary>
internal sealed class FileSource(string path, TimeProvider time) : EndpointSource
{
    private readonly Lock _lock = new();

    public override async Task FindAsync(IEndpointFindings findings, CancellationToken stop)
    {
        await using var watcher = new ConfigWatcher(new ConfigSources([path], []), _ => Read(findings), time);
        await Read(findings);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
    }

    // The first reading and one that a change brings may meet: the later one has the last word.
    private Task Read(IEndpointFindings findings)
    {
        lock (_lock)
        {
            if (EndpointList.ReadFile(path, out var reason) is { } list) findings.Found([.. list.Select(static e => e.ToFound())]);
            else findings.Failed(reason);
        }

        return Task.CompletedTask;
    }
}
