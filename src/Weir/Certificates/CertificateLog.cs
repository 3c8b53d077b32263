using Microsoft.Extensions.Logging;

namespace Weir.Certificates;

/// <summary>What is said of certificates that are ordered. Ids as in the program's other log messages: unique, never reused.</summary>
internal static partial class CertificateLog
{
    [LoggerMessage(60, LogLevel.Information, "certificate for {Names}: obtained, valid until {NotAfter:yyyy-MM-dd HH:mm} UTC, renewed from {Renewal:yyyy-MM-dd HH:mm}")]
    public static partial void CertificateObtained(this ILogger log, string names, DateTime notAfter, DateTime renewal);

    [LoggerMessage(61, LogLevel.Information, "certificate for {Names}: renewed, valid until {NotAfter:yyyy-MM-dd HH:mm} UTC, renewed again from {Renewal:yyyy-MM-dd HH:mm}")]
    public static partial void CertificateRenewed(this ILogger log, string names, DateTime notAfter, DateTime renewal);

    [LoggerMessage(62, LogLevel.Information, "certificate for {Names}: taken from the state folder, valid until {NotAfter:yyyy-MM-dd HH:mm} UTC, renewed from {Renewal:yyyy-MM-dd HH:mm}")]
    public static partial void CertificateLoaded(this ILogger log, string names, DateTime notAfter, DateTime renewal);

    [LoggerMessage(63, LogLevel.Error, "certificate for {Names}: there is none: {Reason}; next try {Next:yyyy-MM-dd HH:mm:ss} UTC")]
    public static partial void CertificateMissing(this ILogger log, string names, string reason, DateTime next);

    [LoggerMessage(64, LogLevel.Warning, "certificate for {Names}: not renewed, the one until {NotAfter:yyyy-MM-dd HH:mm} UTC stays: {Reason}; next try {Next:yyyy-MM-dd HH:mm:ss} UTC")]
    public static partial void CertificateNotRenewed(this ILogger log, string names, DateTime notAfter, string reason, DateTime next);

    [LoggerMessage(65, LogLevel.Warning, "{Path} cannot be used and stays as it is: {Reason}")]
    public static partial void StateDamaged(this ILogger log, string path, string reason);

    [LoggerMessage(66, LogLevel.Debug, "certificate for {Names}: the authority does not say when to renew it: {Reason}")]
    public static partial void RenewalUnknown(this ILogger log, string names, string reason);

    [LoggerMessage(67, LogLevel.Error, "certificate for {Names}: a fault")]
    public static partial void CertificateFault(this ILogger log, Exception fault, string names);

    [LoggerMessage(68, LogLevel.Warning, "old answers to challenges could not be removed: {Reason}")]
    public static partial void ChallengesNotCleaned(this ILogger log, string reason);

    [LoggerMessage(69, LogLevel.Warning, "ticket keys are not those of the state folder: {Reason}")]
    public static partial void TicketsNotShared(this ILogger log, string reason);

    [LoggerMessage(70, LogLevel.Error, "certificate for {Names}: it cannot be used, what was in use stays: {Reason}")]
    public static partial void CertificateRefused(this ILogger log, string names, string reason);
}
