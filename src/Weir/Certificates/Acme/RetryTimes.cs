using System.Net.Http.Headers;

namespace Weir.Certificates.Acme;

/// <summary>What Retry-After says (RFC 9110, section 10.2.3), within bounds: whoever writes it does not decide that we wait for a year.</summary>
internal static class RetryTimes
{
    private static readonly TimeSpan Most = TimeSpan.FromDays(7);

    /// <summary>Null when it says nothing.</summary>
    public static TimeSpan? Of(HttpResponseHeaders headers, TimeProvider time)
    {
        if (headers.RetryAfter is not { } value) return null;
        var wait = value.Delta ?? (value.Date is { } date ? date - time.GetUtcNow() : TimeSpan.Zero);
        return Clamp(wait, TimeSpan.Zero, Most);
    }

    public static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) => value < least ? least : value > most ? most : value;
}
