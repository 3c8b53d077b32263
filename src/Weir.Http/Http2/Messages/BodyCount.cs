using Weir.Http.Messages;

namespace Weir.Http.Http2.Messages;

/// <summary>Holds the DATA of a message to what its Content-Length says. RFC 9113 §8.1.1. What disagrees is malformed: <see cref="Refusal.LengthDisagrees"/>.</summary>
public struct BodyCount
{
    private const long Any = -1;

    private readonly long _expected;

    private BodyCount(long expected) => _expected = expected;

    /// <summary>Bytes of body so far, without padding.</summary>
    public long Seen { get; private set; }

    /// <summary>The end of the stream may come now.</summary>
    public readonly bool IsWhole => _expected == Any || Seen == _expected;

    /// <summary>From a head's framing; without a body, as in answers to HEAD, none may come.</summary>
    public static BodyCount Of(BodyFraming framing, long length) => framing switch
    {
        BodyFraming.None => new BodyCount(0),
        BodyFraming.Length => new BodyCount(length),
        _ => new BodyCount(Any),
    };

    /// <summary>Bytes of one piece. False: more than was said.</summary>
    public bool TryTake(int length)
    {
        Seen += length;
        return _expected == Any || Seen <= _expected;
    }
}
