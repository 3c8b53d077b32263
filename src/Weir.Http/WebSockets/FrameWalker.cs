namespace Weir.Http.WebSockets;

/// <summary>What is to be done with received bytes, in this order: pass some on, leave some out, and send what was held back before.</summary>
/// <param name="Pass">Bytes from the beginning that are passed on.</param>
/// <param name="Skip">Bytes behind them that are not: they are held, or were the answer to a ping of Weir's own.</param>
/// <param name="Release">Bytes from the beginning of what is held that are passed on after all.</param>
public readonly record struct FrameCut(int Pass, int Skip, int Release);

/// <summary>
/// Follows the frames of one direction of a WebSocket (RFC 6455 §5.2) by their lengths, knows where one ends, and takes out the pongs that
/// answer Weir's own pings. Everything else is passed on as it came, whether or not the peers will like it. A plain value: of one direction.
/// </summary>
public struct FrameWalker
{
    /// <summary>Bytes in a ping of Weir's own.</summary>
    public const int TokenLength = 8;

    /// <summary>What a caller has to have room for to hold a pong back: header, mask, token.</summary>
    public const int HoldLength = 2 + MaskLength + TokenLength;

    private const int MaskLength = 4;
    private const byte FinalPong = 0x8A;
    private const byte OpcodeBits = 0x0F;
    private const byte Close = 0x8;
    private const byte MaskBit = 0x80;

    private ulong _left;
    private ulong _length;
    private int _read;
    private int _header;
    private int _lengthEnd;
    private int _held;
    private byte _first;

    /// <summary>What was passed on ends with a frame: another may be put in here.</summary>
    public readonly bool IsBetweenFrames => _read == 0 && _left == 0 && !IsLost;

    /// <summary>A Close has begun to pass: neither side is to be asked anything any more (§5.5.1).</summary>
    public bool SawClose { get; private set; }

    /// <summary>A length that no frame can have (§5.2: the highest bit is 0): from here on nobody knows where a frame ends.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Bytes that are held back because they may become a pong of ours. At the stream's end they are to be passed on.</summary>
    public readonly int Held => _held;

    /// <summary>Looks at bytes that came. Call again with what is behind <see cref="FrameCut.Pass"/> and <see cref="FrameCut.Skip"/>.</summary>
    /// <param name="data">At least one byte.</param>
    /// <param name="token">What Weir's own pings carry in this direction.</param>
    /// <param name="hold">The same <see cref="HoldLength"/> bytes in every call.</param>
    public FrameCut Cut(ReadOnlySpan<byte> data, ReadOnlySpan<byte> token, Span<byte> hold)
    {
        var at = 0;
        while (at < data.Length && !IsLost)
        {
            if (_held > 0 || (IsBetweenFrames && data[at] == FinalPong)) return Hold(data, at, token, hold);
            if (_left > 0) at += SkipPayload(data.Length - at);
            else TakeHeader(data[at++]);
        }

        return new FrameCut(data.Length, 0, 0);
    }

    private int SkipPayload(int available)
    {
        var skipped = (int)Math.Min(_left, (ulong)available);
        _left -= (ulong)skipped;
        return skipped;
    }

    private void TakeHeader(byte value)
    {
        if (_read == 0)
        {
            _first = value;
            _header = 2;
        }
        else if (_read == 1)
        {
            var length = value & ~MaskBit;
            _lengthEnd = length switch { 126 => 4, 127 => 10, _ => 2 };
            _length = _lengthEnd == 2 ? (ulong)length : 0;
            _header = _lengthEnd + ((value & MaskBit) != 0 ? MaskLength : 0);
        }
        else if (_read < _lengthEnd)
        {
            _length = (_length << 8) | value;
        }

        if (++_read < _header) return;
        _read = 0;
        _left = _length;
        if ((_first & OpcodeBits) == Close) SawClose = true;
        if (_length > long.MaxValue) IsLost = true;
    }

    private FrameCut Hold(ReadOnlySpan<byte> data, int from, ReadOnlySpan<byte> token, Span<byte> hold)
    {
        var at = from;
        while (at < data.Length)
        {
            hold[_held++] = data[at++];
            if (_held < 2) continue;
            // Of another length it is somebody else's: the rest of it is followed as any frame's.
            if ((hold[1] & ~MaskBit) != TokenLength)
            {
                TakeHeader(hold[0]);
                TakeHeader(hold[1]);
                return Decide(from, at, isOurs: false);
            }

            var header = (hold[1] & MaskBit) != 0 ? 2 + MaskLength : 2;
            if (_held == header + TokenLength) return Decide(from, at, IsOurs(hold, header, token));
        }

        return new FrameCut(from, at - from, 0);
    }

    private FrameCut Decide(int from, int to, bool isOurs)
    {
        var held = _held;
        _held = 0;
        return new FrameCut(from, to - from, isOurs ? 0 : held);
    }

    // §5.3.
    private static bool IsOurs(ReadOnlySpan<byte> hold, int header, ReadOnlySpan<byte> token)
    {
        for (var i = 0; i < TokenLength; i++)
        {
            var mask = header == 2 ? 0 : hold[2 + (i % MaskLength)];
            if ((hold[header + i] ^ mask) != token[i]) return false;
        }

        return true;
    }
}
