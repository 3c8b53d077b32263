using Microsoft.Extensions.Logging;

namespace Weir.Certificates.Ocsp;

/// <summary>What is said of stapling.</summary>
internal static partial class OcspLog
{
    [LoggerMessage(80, LogLevel.Information, "certificate {Name}: its authority's word is stapled, good for {Hours:0} hours")]
    public static partial void Stapled(this ILogger log, string name, double hours);

    [LoggerMessage(81, LogLevel.Warning, "certificate {Name}: nothing new to staple from {Responder}: {Reason}")]
    public static partial void NotStapled(this ILogger log, string name, string responder, string reason);

    [LoggerMessage(82, LogLevel.Error, "certificate {Name} is revoked, says {Responder}: clients may refuse it, it needs another")]
    public static partial void Revoked(this ILogger log, string name, string responder);
}
