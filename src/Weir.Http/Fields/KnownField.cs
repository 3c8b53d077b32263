namespace Weir.Http.Fields;

/// <summary>Fields that Weir itself looks at. A name's id is found once, by the parser. To add one: here and in <see cref="KnownFields"/>.</summary>
public enum KnownField : byte
{
    /// <summary>A name that Weir has no word for.</summary>
    Other = 0,

    /// <summary>A hole: the field was taken out.</summary>
    Removed,

    // Hop-by-hop and framing, RFC 9110 §7.6.1 and RFC 9112. Keep these first: they fit the presence mask.
    Connection,
    KeepAlive,
    ProxyConnection,
    TE,
    Trailer,
    TransferEncoding,
    Upgrade,
    ContentLength,
    Host,
    Expect,
    Http2Settings,
    ProxyAuthenticate,
    ProxyAuthorization,

    // Forwarding and identity.
    Forwarded,
    Via,
    XForwardedFor,
    XForwardedProto,
    XForwardedHost,
    XForwardedPort,
    XForwardedPrefix,
    XRealIp,
    XRequestId,
    XWeirMirror,
    ClientCert,
    ClientCertChain,
    CdnLoop,
    TraceParent,
    TraceState,

    // The rest of what is read or written.
    Accept,
    AcceptEncoding,
    Age,
    Allow,
    Authorization,
    CacheControl,
    ContentEncoding,
    ContentType,
    Cookie,
    Date,
    ETag,
    Location,
    MaxForwards,
    Origin,
    ProxyStatus,
    Range,
    Referer,
    RetryAfter,
    Server,
    SetCookie,
    UserAgent,
    Vary,
    XPoweredBy,
    SecWebSocketKey,
    SecWebSocketVersion,
    SecWebSocketAccept,
    LastModified,
    ContentRange,
    XContentTypeOptions,
    StrictTransportSecurity,
    AltSvc,
}
