using Weir.Certificates.Acme;

namespace Weir.Certificates;

/// <summary>What the authority says of when to renew one certificate, asked for again as often as it wants (RFC 9773, section 4.3). Belongs to one loop.</summary>
internal sealed class RenewalWindow(AcmeIssuer issuer, TimeProvider time)
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Usual = TimeSpan.FromHours(6);
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromHours(1);

    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Null when it has said nothing yet, or says nothing.</summary>
    public SuggestedWindow? Suggested { get; private set; }

    /// <summary>Another certificate, another window.</summary>
    public void Forget() => (Suggested, _next) = (null, DateTimeOffset.MinValue);

    /// <summary>Asks when it is time to. Null, or why there is no answer: what was said before holds on.</summary>
    public async Task<string?> AskAsync(IssuedCertificate certificate, CancellationToken cancel)
    {
        if (time.GetUtcNow() < _next) return null;
        try
        {
            var answer = await issuer.RenewalAsync(certificate, cancel);
            if (answer is { } said) Suggested = said.Window;
            _next = time.GetUtcNow() + RetryTimes.Clamp(answer?.RetryAfter ?? Usual, Least, Most);
            return null;
        }
        catch (AcmeException failure)
        {
            _next = time.GetUtcNow() + RetryTimes.Clamp(failure.RetryAfter ?? AfterFailure, Least, Most);
            return failure.Message;
        }
    }
}
