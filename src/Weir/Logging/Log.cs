using Microsoft.Extensions.Logging;
using Weir.Proxy.Model;

namespace Weir.Logging;

/// <summary>Everything that the program says of itself while it runs. Ids are unique and never reused.</summary>
internal static partial class Log
{
    /// <summary>What became of an endpoint's health.</summary>
    public static void Health(this ILogger log, HealthChange change)
    {
        switch (change.Event)
        {
            case HealthEvent.Unhealthy:
                log.EndpointUnhealthy(change.Endpoint, change.Cluster, change.Reason);
                break;
            case HealthEvent.Healthy:
                log.EndpointHealthy(change.Endpoint, change.Cluster, change.Reason);
                break;
            case HealthEvent.Ejected:
                log.EndpointEjected(change.Endpoint, change.Cluster, change.Reason);
                break;
            case HealthEvent.Failing:
                log.EndpointFailing(change.Endpoint, change.Cluster, change.Reason);
                break;
            case HealthEvent.Recovered:
                log.EndpointRecovered(change.Endpoint, change.Cluster, change.Reason);
                break;
            default:
                log.EndpointReturned(change.Endpoint, change.Cluster, change.Reason);
                break;
        }
    }

    /// <summary>What became of a cluster.</summary>
    public static void Cluster(this ILogger log, ClusterChange change)
    {
        switch (change.Event)
        {
            case ClusterEvent.BreakerOpened:
                log.BreakerOpened(change.Cluster, change.Reason);
                break;
            case ClusterEvent.BreakerHalfOpen:
                log.BreakerHalfOpen(change.Cluster, change.Reason);
                break;
            case ClusterEvent.BreakerClosed:
                log.BreakerClosed(change.Cluster, change.Reason);
                break;
            case ClusterEvent.PanicBegan:
                log.PanicBegan(change.Cluster, change.Reason);
                break;
            default:
                log.PanicEnded(change.Cluster, change.Reason);
                break;
        }
    }

    /// <summary>Endpoints of a cluster came or went.</summary>
    public static void Endpoints(this ILogger log, EndpointsChange change)
    {
        var (joined, left) = (UrlList.Of(change.Joined), UrlList.Of(change.Left));
        if (change.IsFromBefore) log.EndpointsKept(change.Cluster, change.Source, change.Found, joined, left);
        else if (change.Endpoints == 0) log.NoEndpoints(change.Cluster, change.Source, left);
        else log.EndpointsFound(change.Cluster, change.Source, change.Found, joined, left);
    }

    [LoggerMessage(1, LogLevel.Information, "{Version} reads {Config}")]
    public static partial void Starting(this ILogger log, string version, string config);

    [LoggerMessage(2, LogLevel.Information, "listening on {Address} ({Listener})")]
    public static partial void Listening(this ILogger log, string address, string listener);

    [LoggerMessage(3, LogLevel.Information, "admin on {Address}")]
    public static partial void AdminListening(this ILogger log, string address);

    [LoggerMessage(4, LogLevel.Information, "control socket {Path}")]
    public static partial void ControlListening(this ILogger log, string path);

    [LoggerMessage(5, LogLevel.Information, "ready in {Milliseconds} ms: configuration {Version}, {Loops} loops, up to {Files} open files, process {Process}")]
    public static partial void Ready(this ILogger log, long milliseconds, long version, int loops, long files, int process);

    [LoggerMessage(6, LogLevel.Error, "{Diagnostic}")]
    public static partial void ConfigError(this ILogger log, string diagnostic);

    [LoggerMessage(7, LogLevel.Warning, "{Diagnostic}")]
    public static partial void ConfigWarning(this ILogger log, string diagnostic);

    [LoggerMessage(8, LogLevel.Information, "reload asked for by {Reason}")]
    public static partial void Reloading(this ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Information, "reloaded in {Milliseconds} ms: configuration {Version}")]
    public static partial void Reloaded(this ILogger log, long milliseconds, long version);

    [LoggerMessage(10, LogLevel.Information, "  {Line}")]
    public static partial void ReloadLine(this ILogger log, string line);

    [LoggerMessage(11, LogLevel.Error, "reload refused, configuration {Version} stays in force")]
    public static partial void ReloadRefused(this ILogger log, long version);

    [LoggerMessage(12, LogLevel.Information, "reload: nothing changed, configuration {Version} stays in force")]
    public static partial void ReloadUnchanged(this ILogger log, long version);

    [LoggerMessage(13, LogLevel.Warning, "{Setting} changed; it takes effect at the next start")]
    public static partial void NeedsRestart(this ILogger log, string setting);

    [LoggerMessage(14, LogLevel.Information, "stopping by {Reason}: draining, at most {Seconds} s")]
    public static partial void Draining(this ILogger log, string reason, double seconds);

    [LoggerMessage(15, LogLevel.Information, "stopping by {Reason}: at once")]
    public static partial void StoppingAtOnce(this ILogger log, string reason);

    [LoggerMessage(16, LogLevel.Information, "drained")]
    public static partial void Drained(this ILogger log);

    [LoggerMessage(17, LogLevel.Warning, "not drained in time: {Connections} connections are cut")]
    public static partial void NotDrained(this ILogger log, int connections);

    [LoggerMessage(18, LogLevel.Information, "stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(19, LogLevel.Information, "logs are opened anew")]
    public static partial void LogsReopened(this ILogger log);

    [LoggerMessage(20, LogLevel.Warning, "SIGUSR2 is kept for the upgrade of the running program, which this version does not have")]
    public static partial void UpgradeLater(this ILogger log);

    [LoggerMessage(21, LogLevel.Error, "a fault in {Where}")]
    public static partial void Fault(this ILogger log, Exception fault, string where);

    [LoggerMessage(22, LogLevel.Error, "{Count} more faults like the last were not shown")]
    public static partial void FaultsNotShown(this ILogger log, long count);

    [LoggerMessage(23, LogLevel.Warning, "loop {Loop} was held up for {Milliseconds} ms in one turn: {Steps}")]
    public static partial void SlowTurn(this ILogger log, int loop, double milliseconds, string steps);

    [LoggerMessage(28, LogLevel.Debug, "loop {Loop} was held up for {Milliseconds} ms in one turn while its code was loaded: {Steps}")]
    public static partial void ColdTurn(this ILogger log, int loop, double milliseconds, string steps);

    [LoggerMessage(24, LogLevel.Warning, "the name of {Endpoint} could not be resolved: {Reason}")]
    public static partial void NameFailure(this ILogger log, string endpoint, string reason);

    [LoggerMessage(29, LogLevel.Warning, "{Endpoint} of {Cluster} is unhealthy: {Reason}")]
    public static partial void EndpointUnhealthy(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(30, LogLevel.Information, "{Endpoint} of {Cluster} is healthy: {Reason}")]
    public static partial void EndpointHealthy(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(31, LogLevel.Warning, "{Endpoint} of {Cluster} is ejected: {Reason}")]
    public static partial void EndpointEjected(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(32, LogLevel.Information, "{Endpoint} of {Cluster} is back: {Reason}")]
    public static partial void EndpointReturned(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(120, LogLevel.Warning, "{Endpoint} of {Cluster} is failing: {Reason}")]
    public static partial void EndpointFailing(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(121, LogLevel.Information, "{Endpoint} of {Cluster} is failing no more: {Reason}")]
    public static partial void EndpointRecovered(this ILogger log, string endpoint, string cluster, string reason);

    [LoggerMessage(122, LogLevel.Warning, "the breaker of {Cluster} opens: {Reason}")]
    public static partial void BreakerOpened(this ILogger log, string cluster, string reason);

    [LoggerMessage(123, LogLevel.Information, "the breaker of {Cluster} is half open: {Reason}")]
    public static partial void BreakerHalfOpen(this ILogger log, string cluster, string reason);

    [LoggerMessage(124, LogLevel.Information, "the breaker of {Cluster} closes: {Reason}")]
    public static partial void BreakerClosed(this ILogger log, string cluster, string reason);

    [LoggerMessage(125, LogLevel.Warning, "cluster {Cluster} panics, health is not looked at: {Reason}")]
    public static partial void PanicBegan(this ILogger log, string cluster, string reason);

    [LoggerMessage(126, LogLevel.Information, "cluster {Cluster} panics no more: {Reason}")]
    public static partial void PanicEnded(this ILogger log, string cluster, string reason);

    [LoggerMessage(33, LogLevel.Information, "changed at run time: {Change}")]
    public static partial void ChangedAtRunTime(this ILogger log, string change);

    [LoggerMessage(34, LogLevel.Information, "changed at run time no more ({Reason}): {Change}")]
    public static partial void ChangeOver(this ILogger log, string reason, string change);

    [LoggerMessage(25, LogLevel.Warning, "{Problem}")]
    public static partial void AccessLogProblem(this ILogger log, string problem);

    [LoggerMessage(26, LogLevel.Error, "admin: {Problem}")]
    public static partial void AdminProblem(this ILogger log, string problem);

    [LoggerMessage(40, LogLevel.Error, "changes made at run time are not in force: {Problem}")]
    public static partial void OverlayProblem(this ILogger log, string problem);

    [LoggerMessage(41, LogLevel.Warning, "the mirror of route {Route} in cluster {Cluster} answers otherwise: {What}; request {RequestId}; not shown before: {Untold}")]
    public static partial void MirrorDiffers(this ILogger log, string route, string cluster, string what, string requestId, long untold);

    [LoggerMessage(27, LogLevel.Error, "reload failed")]
    public static partial void ReloadFault(this ILogger log, Exception fault);

    [LoggerMessage(110, LogLevel.Information, "cluster {Cluster}: {Source} finds {Count}: joined {Joined}, left {Left}")]
    public static partial void EndpointsFound(this ILogger log, string cluster, string source, int count, string joined, string left);

    [LoggerMessage(111, LogLevel.Warning, "cluster {Cluster}: endpoints cannot be found by {Source}, the last ones stay: {Reason}")]
    public static partial void DiscoveryFailed(this ILogger log, string cluster, string source, string reason);

    [LoggerMessage(113, LogLevel.Information, "cluster {Cluster}: {Source} has not answered yet, the {Count} that it found before the start serve: joined {Joined}, left {Left}")]
    public static partial void EndpointsKept(this ILogger log, string cluster, string source, int count, string joined, string left);

    [LoggerMessage(114, LogLevel.Warning, "cluster {Cluster}: {Source} finds none, requests are answered with 503: left {Left}")]
    public static partial void NoEndpoints(this ILogger log, string cluster, string source, string left);

    [LoggerMessage(112, LogLevel.Information, "cluster {Cluster}: {Source} answers again")]
    public static partial void DiscoveryHealed(this ILogger log, string cluster, string source);
}
