using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.AccessLog;

/// <summary>Which piece of text of an exchange a record carries.</summary>
internal enum LogText : byte { Method, Target, Host, UserAgent, Referer, RequestId, ParentId, ServerName, ClientSubject, ClientNames, ClientFingerprint, Count }

/// <summary>
/// What is kept of an exchange for the log: a fixed-size struct in a ring, text cut to what fits. Names are those of the configuration,
/// so they are references; wire text is copied.
/// </summary>
internal struct LogRecord
{
    /// <summary>Bytes of wire text in all.</summary>
    public const int TextRoom = 1024;

    /// <summary>Unix time in microseconds.</summary>
    public long Time;

    /// <summary>Durations in microseconds; -1 for a step that was not reached.</summary>
    public long Total;
    public int Receive;
    public int Policies;
    public int Queue;
    public int Connect;
    public int FirstByte;
    public long RequestBytes;
    public long ResponseBytes;
    public long SentBytes;
    public string Listener;
    public string Route;

    /// <summary>Of the route's split; empty without one.</summary>
    public string Arm;
    public string Cluster;
    public string Endpoint;

    /// <summary>Empty without TLS.</summary>
    public string TlsVersion;
    public string TlsCipher;
    public PeerAddress Client;
    public PeerAddress Peer;
    public long ConfigVersion;
    public short Status;
    public short Attempts;

    /// <summary>What went wrong with them.</summary>
    public AttemptFaults AttemptFaults;

    /// <summary>What each of them came to; empty when there was one at most, of which the rest tells.</summary>
    public AttemptLog AttemptLog;

    /// <summary>Why no other followed the last fault.</summary>
    public RetryStop RetryStop;

    /// <summary>Why the route's fallback stood in.</summary>
    public Refusal FellBackFrom;
    public Refusal Refusal;
    public Refusal Detail;
    public HttpVersion Version;
    public bool IsSecure;

    /// <summary>A TCP connection or a session of datagrams that was passed on: what HTTP has is not there.</summary>
    public bool IsStream;

    /// <summary>The copy of a request for a mirror; its <see cref="LogText.ParentId"/> is that of the request itself.</summary>
    public bool IsMirror;

    /// <summary>Of such a copy: what became of the comparison with the request's own answer; None when it was not to be compared.</summary>
    public MirrorResult MirrorResult;

    /// <summary>What differs.</summary>
    public AnswerParts MirrorDiffers;

    /// <summary>Other than None: a session of datagrams, and why it was over.</summary>
    public SessionEnd SessionEnd;

    /// <summary>Of a session, from the client and to it.</summary>
    public long DatagramsReceived;
    public long DatagramsSent;
    public bool IsResumed;
    public bool IsTruncated;

    private TextEnds _ends;
    private TextBytes _text;

    /// <summary>A piece of text; empty when it was absent.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Text(LogText which)
    {
        ReadOnlySpan<ushort> ends = _ends;
        ReadOnlySpan<byte> text = _text;
        var start = which == 0 ? 0 : ends[(int)which - 1];
        return text[start..ends[(int)which]];
    }

    /// <summary>Copies a piece; to be called in the order of <see cref="LogText"/>, for each.</summary>
    public void Add(LogText which, ReadOnlySpan<byte> value, int most)
    {
        Span<ushort> ends = _ends;
        Span<byte> text = _text;
        var start = which == 0 ? 0 : ends[(int)which - 1];
        var length = Math.Min(value.Length, Math.Min(most, TextRoom - start));
        if (length < value.Length) IsTruncated = true;
        value[..length].CopyTo(text[start..]);
        ends[(int)which] = (ushort)(start + length);
    }

    [InlineArray((int)LogText.Count)]
    private struct TextEnds
    {
        private ushort _first;
    }

    [InlineArray(TextRoom)]
    private struct TextBytes
    {
        private byte _first;
    }
}
