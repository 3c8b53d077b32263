using Weir.Http.Http2.Frames;

namespace Weir.Http.Http2.Messages;

/// <summary>What became of a field section.</summary>
public enum HeadVerdict : byte
{
    Understood,

    /// <summary>Not valid HTTP/2: the stream is reset, and nothing is answered. RFC 9113 §8.1.1.</summary>
    Malformed,

    /// <summary>Valid, but not taken: a request is answered with the refusal's status.</summary>
    Refused,
}

/// <summary>The verdict on a field section, and the rule that it is by.</summary>
public readonly record struct HeadResult(HeadVerdict Verdict, Refusal Refusal)
{
    public static HeadResult Understood => default;

    /// <summary>By the rule alone: it decides whether the section is malformed or answered.</summary>
    internal static HeadResult Of(Refusal refusal) => refusal switch
    {
        Refusal.None => default,
        // What HTTP/1 answers too, and what is a limit of ours and no error of the client's.
        Refusal.BadTarget or Refusal.BadPathEncoding or Refusal.PathEscapesRoot or Refusal.BadHost or Refusal.MissingHost
            or Refusal.ExpectationFailed or Refusal.RequestLineTooLong or Refusal.HeaderTooLarge or Refusal.TooManyFields
            => new HeadResult(HeadVerdict.Refused, refusal),
        _ => new HeadResult(HeadVerdict.Malformed, refusal),
    };

    /// <summary>How a stream with a malformed section ends.</summary>
    public Http2Fault Fault(int streamId) => Http2Fault.Stream(streamId, Http2ErrorCode.ProtocolError, Refusal);
}
