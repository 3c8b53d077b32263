using System.Text;
using Weir.Http;

namespace Weir.Proxy.Responses;

/// <summary>What a refusal means to those who see it.</summary>
/// <param name="Status">The status that is answered; 0 when nothing can be.</param>
/// <param name="Title">One line for people, in problem+json.</param>
/// <param name="Error">The error type of Proxy-Status, RFC 9209 §2.3; null where none fits.</param>
/// <param name="Closes">Framing is in doubt, or the rest of the request is not wanted: the connection is closed.</param>
internal sealed record RefusalMeaning(int Status, string Title, string? Error, bool Closes)
{
    public byte[] Name { get; init; } = [];
}

/// <summary>The meaning of every <see cref="Refusal"/>; docs/refusals.md is this table for people, and a test holds the two together.</summary>
internal static class RefusalTable
{
    private static readonly RefusalMeaning[] Meanings = Make();

    public static RefusalMeaning Of(Refusal refusal) => Meanings[(int)refusal];

    /// <summary>The name that users see: kebab-case.</summary>
    public static string NameOf(Refusal refusal) => Encoding.ASCII.GetString(refusal.Text());

    private static RefusalMeaning[] Make()
    {
        var all = Enum.GetValues<Refusal>();
        var meanings = new RefusalMeaning[(int)all.Max() + 1];
        foreach (var refusal in all) meanings[(int)refusal] = Meaning(refusal) with { Name = refusal.Text().ToArray() };
        return meanings;
    }

    private static RefusalMeaning Meaning(Refusal refusal) => refusal switch
    {
        Refusal.None => new(0, "", null, false),
        Refusal.UnsupportedVersion => new(505, "This HTTP version is not spoken here.", "http_request_error", true),
        Refusal.BadFrame => new(0, "The peer broke the rules of HTTP/2 frames.", "http_protocol_error", true),
        Refusal.BadFieldBlock => new(0, "The peer sent a field block that cannot be decoded.", "http_protocol_error", true),
        Refusal.BadSetting => new(0, "The peer sent a setting of HTTP/2 with a value that it cannot have.", "http_protocol_error", true),
        Refusal.BadFlowWindow => new(0, "The peer broke the rules of HTTP/2 flow control.", "http_protocol_error", true),
        Refusal.BadGrpcWeb => new(400, "The request's body is not gRPC-Web.", "http_request_error", true),
        Refusal.RequestLineTooLong => new(414, "The request line is longer than allowed.", "http_request_error", true),
        Refusal.HeaderTooLarge => new(431, "The request's header is larger than allowed.", "http_request_error", true),
        Refusal.TooManyFields => new(431, "The request has more header fields than allowed.", "http_request_error", true),
        Refusal.BodyTooLarge => new(413, "The request's body is larger than allowed.", "http_request_error", true),
        Refusal.HeaderTimeout => new(408, "The request's header did not come in time.", "http_request_error", true),
        Refusal.BodyTimeout => new(408, "The request's body did not come in time.", "http_request_error", true),
        Refusal.BodyTooSlow => new(408, "The request's body came more slowly than allowed.", "http_request_error", true),
        Refusal.TooManyConnections => new(503, "The listener has as many connections as allowed.", "connection_limit_reached", true),
        Refusal.TooManyConnectionsFromAddress => new(503, "There are as many connections from this address as allowed.", "connection_limit_reached", true),
        Refusal.ClientTooSlow => new(0, "The client did not take the response in time.", null, true),
        Refusal.KeepAliveTimeout => new(0, "The connection was idle.", null, true),
        Refusal.ExpectationFailed => new(417, "The expectation cannot be met.", "http_request_error", true),
        Refusal.FrameFlood => new(0, "The peer sent many frames that do nothing.", "http_protocol_error", true),
        Refusal.TooManyStreams => new(0, "The connection has as many streams as allowed.", "http_request_error", false),
        Refusal.TooManySessions => new(0, "There are as many sessions as allowed.", "connection_limit_reached", false),
        Refusal.TooManySessionsFromAddress => new(0, "There are as many sessions of this address as allowed.", "connection_limit_reached", false),
        Refusal.DatagramTooLarge => new(0, "The datagram is larger than can be passed on.", null, false),
        Refusal.TooManyTunnels => new(503, "The route has as many upgraded connections as allowed.", "connection_limit_reached", false),
        Refusal.PingTimeout => new(0, "The client did not answer a ping in time.", "connection_timeout", true),
        Refusal.BadProxyHeader => new(0, "The proxy in front did not say whom the connection is from.", "http_request_error", true),
        Refusal.ProxyHeaderTimeout => new(0, "The proxy in front did not say in time whom the connection is from.", null, true),
        Refusal.PlainHttpOnTls => new(400, "This port speaks TLS: use https.", "tls_protocol_error", true),
        Refusal.TlsHandshakeFailed => new(0, "The TLS handshake failed.", "tls_protocol_error", true),
        Refusal.TlsHandshakeTimeout => new(0, "The TLS handshake was not made in time.", null, true),
        Refusal.CertificateMissing => new(0, "There is no certificate yet for the name that the client asks for.", "tls_certificate_error", false),
        Refusal.ClientCertificateMissing => new(0, "The client showed no certificate.", "tls_alert_received", true),
        Refusal.ClientCertificateUntrusted => new(0, "The client's certificate leads to no trusted authority.", "tls_certificate_error", true),
        Refusal.ClientCertificateExpired => new(0, "The client's certificate is not valid now.", "tls_certificate_error", true),
        Refusal.ClientCertificateRevoked => new(0, "The client's certificate was revoked.", "tls_certificate_error", true),
        Refusal.TooManyHandshakes => new(0, "There are as many TLS handshakes under way as allowed.", "connection_limit_reached", true),
        Refusal.MisdirectedRequest => new(421, "This host has another certificate than the one of this connection.", "http_request_denied", false),
        Refusal.TooEarly => new(425, "The request came before the handshake was made; send it again after.", null, false),
        Refusal.NoRoute => new(404, "No route takes this request.", "destination_not_found", false),
        Refusal.MethodNotAllowed => new(405, "The path is known, but not with this method.", "http_request_denied", false),
        Refusal.LoopDetected => new(508, "The request has passed here before.", "proxy_loop_detected", false),
        Refusal.PolicyReply => new(403, "A policy refused the request.", "http_request_denied", false),
        Refusal.PolicyAbort => new(0, "A policy ended the connection.", "http_request_denied", true),
        Refusal.PolicyFault => new(500, "A policy failed.", "proxy_internal_error", false),
        Refusal.NotImplemented => new(501, "This method is not served by a gateway.", "http_request_denied", true),
        Refusal.NoStream => new(0, "Nothing takes a connection that asks for this.", "destination_not_found", true),
        Refusal.StreamIdleTimeout => new(0, "The connection was silent for too long.", "connection_timeout", true),
        Refusal.TunnelIdleTimeout => new(0, "The upgraded connection was silent for too long.", "connection_timeout", true),
        Refusal.Maintenance => new(503, "This is under maintenance.", "destination_unavailable", false),
        Refusal.FaultInjected => new(503, "This failure was ordered, to see what comes of it.", "http_request_denied", false),
        Refusal.NoEndpoint => new(503, "The cluster has no endpoint that takes requests.", "destination_unavailable", false),
        Refusal.ConnectFailed => new(502, "No connection to the origin could be made.", "connection_refused", false),
        Refusal.ConnectTimeout => new(504, "The origin did not accept a connection in time.", "connection_timeout", false),
        Refusal.UpstreamTlsFailed => new(502, "No TLS connection to the origin could be made.", "tls_protocol_error", false),
        Refusal.UpstreamCertificateUntrusted => new(502, "The origin's certificate is not from a trusted authority.", "tls_certificate_error", false),
        Refusal.UpstreamCertificateExpired => new(502, "The origin's certificate is not valid at this time.", "tls_certificate_error", false),
        Refusal.UpstreamCertificateOtherName => new(502, "The origin's certificate is for another name.", "tls_certificate_error", false),
        Refusal.UpstreamCertificateRevoked => new(502, "The origin's certificate is revoked.", "tls_certificate_error", false),
        Refusal.UpstreamCertificateUnpinned => new(502, "The origin's key is none of those that are pinned.", "tls_certificate_error", false),
        Refusal.QueueFull => new(503, "Too many requests wait for a connection to the cluster.", "connection_limit_reached", false),
        Refusal.QueueTimeout => new(503, "No connection to the cluster became free in time.", "connection_limit_reached", false),
        Refusal.UpstreamReset => new(502, "The origin reset the connection.", "connection_terminated", false),
        Refusal.UpstreamClosed => new(502, "The origin closed the connection without a response.", "connection_terminated", false),
        Refusal.UpstreamTimeout => new(504, "The origin did not answer in time.", "http_response_timeout", false),
        Refusal.UpstreamIdleTimeout => new(504, "The origin stopped in the middle of its response.", "http_response_timeout", true),
        Refusal.UpstreamBadResponse => new(502, "The origin's response is not valid HTTP.", "http_protocol_error", false),
        Refusal.UpstreamHeaderTooLarge => new(502, "The origin's response header is larger than allowed.", "http_response_header_section_size", false),
        Refusal.UpstreamBodyTruncated => new(502, "The origin's response ended before its end.", "http_response_incomplete", true),
        Refusal.UpstreamPingTimeout => new(0, "The origin did not answer a ping in time.", "connection_timeout", true),
        Refusal.BreakerOpen => new(503, "Too many requests to the cluster failed: it is not asked for a while.", "destination_unavailable", false),
        Refusal.ClusterBusy => new(503, "The cluster has as many requests as it may.", "connection_limit_reached", false),
        Refusal.ClientGone => new(499, "The client went away.", null, true),
        Refusal.ShuttingDown => new(503, "The server is shutting down.", "proxy_internal_response", true),
        Refusal.InternalFault => new(500, "The gateway failed.", "proxy_internal_error", true),
        Refusal.DatagramDropped => new(0, "The kernel took no more datagrams.", null, false),
        Refusal.MirrorTooSlow => new(0, "The mirror took the request's body too slowly.", null, false),
        Refusal.MirrorTooLarge => new(0, "The mirror's answer is larger than is read of it.", null, false),
        < Refusal.RequestLineTooLong => new(400, Sentence(refusal), "http_request_error", true),
        _ => new(500, Sentence(refusal), "proxy_internal_error", true),
    };

    // The syntax refusals say what they are by their name: "Bad content length".
    private static string Sentence(Refusal refusal)
    {
        var words = NameOf(refusal).Replace('-', ' ');
        return "The request is malformed: " + words + ".";
    }
}
