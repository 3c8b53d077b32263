using System.Buffers.Binary;
using System.Security.Cryptography;
using Weir.Certificates.Acme;

namespace Weir.Certificates;

/// <summary>When a certificate is renewed: by the authority's word (RFC 9773), else so long before its end. Spread by a number that all instances with the certificate have, so that not all are renewed at once.</summary>
internal static class RenewalPlan
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <param name="window">What the authority suggests; null when it does not.</param>
    public static DateTimeOffset At(IssuedCertificate certificate, TimeSpan renewBefore, SuggestedWindow? window)
    {
        var lifetime = certificate.Lifetime;
        var planned = window is null ? Own(certificate, Least(renewBefore, lifetime / 3)) : Suggested(certificate, window);
        // A window that is always over must not bring forth one order after another.
        var earliest = certificate.Obtained + Least(Day, lifetime / 6);
        return planned > earliest ? planned : earliest;
    }

    private static DateTimeOffset Own(IssuedCertificate certificate, TimeSpan before) => certificate.NotAfter - before + (before / 10 * Share(certificate));

    // RFC 9773, section 4.2: a time in the window, each as likely; and whatever it says, before the end.
    private static DateTimeOffset Suggested(IssuedCertificate certificate, SuggestedWindow window)
    {
        var chosen = window.Start + ((window.End - window.Start) * Share(certificate));
        var latest = certificate.NotAfter - (certificate.Lifetime / 20);
        return chosen < latest ? chosen : latest;
    }

    // From 0 to 1, evenly spread over certificates.
    private static double Share(IssuedCertificate certificate) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(certificate.Chain[0])) / (double)uint.MaxValue;

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
