using System.Globalization;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Weir.Proxy.Health;

/// <summary>What a failed probe is called, in a few words that never hold what the endpoint sent.</summary>
internal static class ProbeFailure
{
    public const string TimedOut = "timed out";

    /// <summary>Null for what should not happen: a fault of ours.</summary>
    public static string? Of(Exception failure)
    {
        for (var at = failure; at is not null; at = at.InnerException)
        {
            if (at is SocketException socket) return Words(socket.SocketErrorCode);
            if (at is ProbeRefusedException refused) return refused.Message;
            if (at is AuthenticationException or CryptographicException) return "TLS failed";
        }

        return failure switch
        {
            HttpRequestException { InnerException: HttpProtocolException http2 } => Words(http2.ErrorCode),
            HttpProtocolException http2 => Words(http2.ErrorCode),
            // The connection ended where an endpoint's first frame was to come.
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse, InnerException.InnerException: HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } } => "closed instead of speaking HTTP/2",
            HttpRequestException http => Words(http.HttpRequestError),
            HttpIOException http => Words(http.HttpRequestError),
            IOException => "the connection ended",
            OperationCanceledException or ObjectDisposedException => "the connection ended",
            _ => null,
        };
    }

    private static string Words(HttpRequestError error) => error switch
    {
        HttpRequestError.ResponseEnded => "closed without a whole answer",
        HttpRequestError.InvalidResponse => "a malformed answer",
        HttpRequestError.ConfigurationLimitExceeded => "a head that is too large",
        HttpRequestError.VersionNegotiationError => "no HTTP/2",
        HttpRequestError.SecureConnectionError => "TLS failed",
        _ => "no answer",
    };

    // RFC 9113, section 7. Bytes that are no HTTP/2 at all are 1 too.
    private static string Words(long code) => code == 1 ? "does not speak HTTP/2, or not rightly" : string.Create(CultureInfo.InvariantCulture, $"error {code} of HTTP/2");

    // ConnectionRefused: connection refused.
    private static string Words(SocketError error)
    {
        if (error == SocketError.TimedOut) return TimedOut;
        var words = new StringBuilder();
        foreach (var letter in error.ToString())
        {
            if (char.IsAsciiLetterUpper(letter) && words.Length > 0) words.Append(' ');
            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}

/// <summary>The probe has its own word for what is wrong.</summary>
internal sealed class ProbeRefusedException(string reason) : IOException(reason);
