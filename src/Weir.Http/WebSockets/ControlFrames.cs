namespace Weir.Http.WebSockets;

/// <summary>The control frames that Weir sends of its own, RFC 6455 §5.5. Those towards an origin are masked, as a client's have to be (§5.3).</summary>
public static class ControlFrames
{
    /// <summary>Room for any of them.</summary>
    public const int MaxLength = 2 + 4 + FrameWalker.TokenLength;

    private const byte FinalPing = 0x89;
    private const byte FinalClose = 0x88;
    private const byte MaskBit = 0x80;

    /// <summary>A ping that its pong is known by.</summary>
    /// <param name="frame">Where it is written.</param>
    /// <param name="token">What it carries.</param>
    /// <param name="mask">Four bytes that nobody can foresee, or none for no mask.</param>
    /// <returns>Its length.</returns>
    public static int WritePing(Span<byte> frame, ReadOnlySpan<byte> token, ReadOnlySpan<byte> mask) => Write(frame, FinalPing, token, mask);

    /// <summary>Close with 1001, §7.4.1: this end goes away.</summary>
    public static int WriteGoingAway(Span<byte> frame, ReadOnlySpan<byte> mask) => Write(frame, FinalClose, [0x03, 0xE9], mask);

    private static int Write(Span<byte> frame, byte first, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> mask)
    {
        frame[0] = first;
        frame[1] = (byte)(payload.Length | (mask.IsEmpty ? 0 : MaskBit));
        mask.CopyTo(frame[2..]);
        var header = 2 + mask.Length;
        for (var i = 0; i < payload.Length; i++) frame[header + i] = mask.IsEmpty ? payload[i] : (byte)(payload[i] ^ mask[i % mask.Length]);
        return header + payload.Length;
    }
}
