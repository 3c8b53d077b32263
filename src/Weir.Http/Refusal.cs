namespace Weir.Http;

/// <summary>
/// Why an exchange was refused or failed. One list for the access log, the metric label, <c>Proxy-Status</c> and the docs:
/// the name in kebab-case is what users see. It lives in the lowest project because the codecs name their own refusals.
/// Add at the end of a group; docs/refusals.md is checked against this list by a test.
/// </summary>
public enum Refusal : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    // The request's framing or syntax: 400 and the connection is closed.
    BadMethod,
    BadTarget,
    BadVersion,
    UnsupportedVersion,
    BadLineEnding,
    BadFieldName,
    BadFieldValue,
    ObsoleteFold,
    SpaceBeforeColon,
    MissingHost,
    SeveralHosts,
    BadHost,
    HostDisagrees,
    BadContentLength,
    SeveralContentLengths,
    LengthAndEncoding,
    BadTransferEncoding,
    EncodingInHttp10,
    BadChunk,
    BadTrailer,
    BadConnectionField,
    BadPathEncoding,
    PathEscapesRoot,
    UnexpectedEndOfBody,
    BadPseudoField,
    LengthDisagrees,
    BadFrame,
    BadFieldBlock,
    BadSetting,
    BadFlowWindow,

    // Limits and timeouts on what a client controls.
    RequestLineTooLong,
    HeaderTooLarge,
    TooManyFields,
    BodyTooLarge,
    HeaderTimeout,
    BodyTimeout,
    BodyTooSlow,
    TooManyConnections,
    TooManyConnectionsFromAddress,
    ClientTooSlow,
    KeepAliveTimeout,
    BadProxyHeader,
    ProxyHeaderTimeout,
    PlainHttpOnTls,
    TlsHandshakeFailed,
    TlsHandshakeTimeout,
    CertificateMissing,
    ClientCertificateMissing,
    ClientCertificateUntrusted,
    ClientCertificateExpired,
    ClientCertificateRevoked,
    TooManyHandshakes,
    ExpectationFailed,
    FrameFlood,
    TooManyStreams,

    // Routing and policies.
    NoRoute,
    MethodNotAllowed,
    LoopDetected,
    PolicyReply,
    PolicyAbort,
    PolicyFault,
    MisdirectedRequest,
    TooEarly,
    NotImplemented,
    NoStream,
    StreamIdleTimeout,

    // The upstream's side.
    NoEndpoint,
    ConnectFailed,
    ConnectTimeout,
    UpstreamTlsFailed,
    UpstreamCertificateUntrusted,
    UpstreamCertificateExpired,
    UpstreamCertificateOtherName,
    UpstreamCertificateRevoked,
    UpstreamCertificateUnpinned,
    QueueFull,
    QueueTimeout,
    UpstreamReset,
    UpstreamClosed,
    UpstreamTimeout,
    UpstreamIdleTimeout,
    UpstreamBadResponse,
    UpstreamHeaderTooLarge,
    UpstreamBodyTruncated,

    // The client's side and Weir's own.
    ClientGone,
    ShuttingDown,
    InternalFault,
}
