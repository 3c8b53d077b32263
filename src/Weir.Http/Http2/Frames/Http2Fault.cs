namespace Weir.Http.Http2.Frames;

/// <summary>RFC 9113 §7.</summary>
public enum Http2ErrorCode : uint
{
    NoError = 0x0,
    ProtocolError = 0x1,
    InternalError = 0x2,
    FlowControlError = 0x3,
    SettingsTimeout = 0x4,
    StreamClosed = 0x5,
    FrameSizeError = 0x6,
    RefusedStream = 0x7,
    Cancel = 0x8,
    CompressionError = 0x9,
    ConnectError = 0xA,
    EnhanceYourCalm = 0xB,
    InadequateSecurity = 0xC,
    Http11Required = 0xD,
}

/// <summary>
/// A rule that the peer broke: what it is told, and how much ends by it. A connection's fault is sent as GOAWAY, a stream's as
/// RST_STREAM. RFC 9113 §5.4. The default is no fault.
/// </summary>
public readonly record struct Http2Fault
{
    private Http2Fault(Http2ErrorCode code, Refusal reason, int streamId)
    {
        Code = code;
        Reason = reason;
        StreamId = streamId;
    }

    public Http2ErrorCode Code { get; }

    /// <summary>The name that goes to the log and the metrics.</summary>
    public Refusal Reason { get; }

    /// <summary>The stream that ends; 0 for the connection.</summary>
    public int StreamId { get; }

    public bool IsFault => Reason != Refusal.None;

    public bool IsConnection => IsFault && StreamId == 0;

    public static Http2Fault Connection(Http2ErrorCode code, Refusal reason) => new(code, reason, 0);

    public static Http2Fault Stream(int streamId, Http2ErrorCode code, Refusal reason) => new(code, reason, streamId);
}
