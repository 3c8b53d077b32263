namespace Weir.Http.Http2.Frames;

/// <summary>What a peer can send for next to nothing and make the other side work for.</summary>
public enum FloodKind : byte
{
    /// <summary>A stream that the client opened and reset before its response had ended. CVE-2023-44487.</summary>
    Reset,

    /// <summary>PING without ACK: each is answered. CVE-2019-9512.</summary>
    Ping,

    /// <summary>SETTINGS without ACK: each is answered. CVE-2019-9515.</summary>
    Settings,

    /// <summary>DATA without a byte and without END_STREAM, and HEADERS or CONTINUATION without a fragment. CVE-2019-9518.</summary>
    Empty,

    /// <summary>PRIORITY and PRIORITY_UPDATE. CVE-2019-9513.</summary>
    Priority,

    /// <summary>WINDOW_UPDATE of less than <see cref="FloodGuard.TinyIncrement"/>, which makes the other side send in crumbs. CVE-2019-9511.</summary>
    TinyWindow,

    /// <summary>Frames of unknown types, and answers to what was not asked.</summary>
    Unknown,

    /// <summary>Faults of single streams: each costs a RST_STREAM, and a client that is right causes none. CVE-2025-8671.</summary>
    StreamFault,
}

/// <summary>
/// Says when a peer goes too far: a leaky bucket for each kind of cheap frame, refilled by time and by honest work done, so that
/// what counts is how much more noise than work there is. No timer: the caller passes the time. A peer that empties a bucket gets
/// GOAWAY with ENHANCE_YOUR_CALM. LoopState of a connection.
/// </summary>
public struct FloodGuard
{
    /// <summary>Honest receivers free at least this much at a time, unless the sender itself sends crumbs: <see cref="Progress"/>.</summary>
    public const int TinyIncrement = 1024;

    private Bucket _reset;
    private Bucket _ping;
    private Bucket _settings;
    private Bucket _empty;
    private Bucket _priority;
    private Bucket _window;
    private Bucket _unknown;
    private Bucket _fault;

    public static Http2Fault Fault => Http2Fault.Connection(Http2ErrorCode.EnhanceYourCalm, Refusal.FrameFlood);

    /// <summary>One more of a kind. False: too many.</summary>
    public bool Allow(FloodKind kind, long nowMilliseconds) => kind switch
    {
        // A browser that leaves a page resets at most its 100 streams, twice in a row; nghttp2 allows 1,000 and 33 a second, hyper
        // 20 that wait. A gRPC client that often cancels completes more than it cancels, and gets those back.
        FloodKind.Reset => _reset.Allow(nowMilliseconds, 200, 30),
        // Keep-alive pings come every few seconds; those that measure bandwidth come with DATA, which gives them back.
        FloodKind.Ping => _ping.Allow(nowMilliseconds, 100, 10),
        // Two or three in the life of a connection.
        FloodKind.Settings => _settings.Allow(nowMilliseconds, 30, 1),
        // Some libraries flush with an empty DATA frame now and then.
        FloodKind.Empty => _empty.Allow(nowMilliseconds, 100, 10),
        // Firefox builds a tree of 6 at the start; Chrome says one for a stream, and more while the user scrolls through images.
        FloodKind.Priority => _priority.Allow(nowMilliseconds, 300, 50),
        // One for a stream and one for the connection after each DATA frame, at most: what we send in crumbs comes back in crumbs.
        FloodKind.TinyWindow => _window.Allow(nowMilliseconds, 200, 20),
        // Chrome sends one of a reserved type for a request, to keep the protocol open.
        FloodKind.Unknown => _unknown.Allow(nowMilliseconds, 200, 20),
        // Kestrel and HAProxy count these too: none is honest, a few are accidents.
        _ => _fault.Allow(nowMilliseconds, 50, 1),
    };

    /// <summary>Honest work: a DATA frame with bytes came or went, or a stream was opened that was not refused. Gives back what goes with such.</summary>
    public void Progress()
    {
        _ping.GiveBack();
        _empty.GiveBack();
        _priority.GiveBack();
        _window.GiveBack();
        _window.GiveBack();
        _unknown.GiveBack();
    }

    /// <summary>A response was sent to its end without a reset.</summary>
    public void Completed() => _reset.GiveBack();

    // The level rises by one for each event and falls by the rate. Counted in thousandths, so that a rate by the second needs no fraction.
    private struct Bucket
    {
        private const int One = 1000;

        private int _level;
        private long _last;

        public bool Allow(long now, int burst, int perSecond)
        {
            var elapsed = Math.Clamp(now - _last, 0, (long)burst * One / perSecond);
            _level = (int)Math.Max(0, _level - (elapsed * perSecond));
            _last = Math.Max(_last, now);
            if (_level > (burst - 1) * One) return false;
            _level += One;
            return true;
        }

        public void GiveBack() => _level = Math.Max(0, _level - One);
    }
}

/// <summary>
/// How long one field block may go on before it ends: without END_HEADERS nothing of it can be used, and all of it has to be
/// decoded. CVE-2024-27316 and its kind.
/// </summary>
public struct BlockBudget
{
    // nghttp2 allows 8. A block of the largest header that is taken fits into three frames of the usual size; some proxies cut at 4 KiB.
    private const int MostFrames = 16;

    // What is over the limit of the decoded list is answered 431; what is far over it has no honest reason.
    private const int TimesListSize = 4;

    private int _frames;
    private long _bytes;

    /// <summary>One more frame of the block under way, HEADERS too. False: too much, see <see cref="FloodGuard.Fault"/>.</summary>
    public bool Allow(scoped in Frame frame, int maxListSize)
    {
        if (frame.Type == FrameType.Headers) this = default;
        _bytes += frame.Payload.Length;
        return ++_frames <= MostFrames && _bytes <= (long)maxListSize * TimesListSize;
    }
}
