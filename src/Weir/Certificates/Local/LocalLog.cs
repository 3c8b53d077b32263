using Microsoft.Extensions.Logging;

namespace Weir.Certificates.Local;

/// <summary>What is said of Weir's own authority.</summary>
internal static partial class LocalLog
{
    [LoggerMessage(90, LogLevel.Information, "certificates are issued by Weir's own authority; clients that trust {Root} take them (weir trust tells how)")]
    public static partial void LocalRoot(this ILogger log, string root);

    [LoggerMessage(91, LogLevel.Error, "no certificate of Weir's own authority for {Names}: {Reason}")]
    public static partial void LocalFailed(this ILogger log, string names, string reason);
}
