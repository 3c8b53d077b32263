using System.Runtime.InteropServices;
using Weir.Http;

namespace Weir.Proxy.Model;

/// <summary>How an attempt failed by its endpoint's fault: by which refusal, or with which answer. The errno is of a connection that could not be made; 0 for none.</summary>
internal readonly record struct EndpointFault(Refusal Reason, int Status, int Errno)
{
    /// <summary>In a few words, for people.</summary>
    public string Text => Reason switch
    {
        Refusal.ConnectFailed => Errno == 0 ? "no connection" : Words(Errno),
        Refusal.ConnectTimeout => "no connection in time",
        Refusal.UpstreamTlsFailed => "TLS failed",
        Refusal.UpstreamCertificateUntrusted => "its certificate is not trusted",
        Refusal.UpstreamCertificateExpired => "its certificate has expired",
        Refusal.UpstreamCertificateOtherName => "its certificate is for another name",
        Refusal.UpstreamCertificateRevoked => "its certificate is revoked",
        Refusal.UpstreamCertificateUnpinned => "its certificate's key is not pinned",
        Refusal.UpstreamReset => "reset",
        Refusal.UpstreamClosed => "closed without an answer",
        Refusal.UpstreamTimeout => "no answer in time",
        Refusal.UpstreamIdleTimeout => "an answer that stood still",
        Refusal.UpstreamBadResponse => "a malformed answer",
        Refusal.UpstreamHeaderTooLarge => "a head that is too large",
        Refusal.UpstreamBodyTruncated => "a body cut off",
        Refusal.UpstreamPingTimeout => "a connection that answers no ping",
        _ => $"status {Status}",
    };

    // Connection refused: connection refused.
    private static string Words(int errno) => Marshal.GetPInvokeErrorMessage(errno) is { Length: > 0 } words ? char.ToLowerInvariant(words[0]) + words[1..] : "no connection";
}
