namespace Weir.Certificates;

/// <summary>How it stands with one wanted certificate.</summary>
/// <param name="NotAfter">Of the one in use; null when there is none.</param>
/// <param name="NextRenewal">Null when there is none to renew.</param>
/// <param name="Failure">Why the last try came to nothing; null when it did not.</param>
/// <param name="NextTry">After a failure.</param>
internal sealed record OrderStatus(CertificateOrder Order, DateTimeOffset? NotAfter, DateTimeOffset? NextRenewal, string? Failure, DateTimeOffset? NextTry);
