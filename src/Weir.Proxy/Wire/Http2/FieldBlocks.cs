using System.Diagnostics;
using Weir.Http.Http2.Frames;

namespace Weir.Proxy.Wire.Http2;

/// <summary>A field block in frames: HEADERS, and CONTINUATION for what the peer does not take in one.</summary>
internal static class FieldBlocks
{
    /// <summary>What the frames of a block of so many bytes take beside it.</summary>
    public static int Overhead(int length, int maxFrame) => FrameHeader.Size * Math.Max(1, (length + maxFrame - 1) / maxFrame);

    /// <summary>
    /// Frames a block that was written <see cref="FrameHeader.Size"/> bytes into <paramref name="to"/>, in place. The length of all frames.
    /// </summary>
    public static int Frame(Span<byte> to, int length, int streamId, int maxFrame, bool endStream)
    {
        var last = length == 0 ? 0 : (length - 1) / maxFrame;
        Debug.Assert(to.Length >= length + Overhead(length, maxFrame));
        // From the end, so that no piece is overwritten before it has moved.
        for (var i = last; i >= 0; i--)
        {
            var piece = Math.Min(maxFrame, length - (i * maxFrame));
            var at = i * (maxFrame + FrameHeader.Size);
            if (i > 0) to.Slice(FrameHeader.Size + (i * maxFrame), piece).CopyTo(to[(at + FrameHeader.Size)..]);
            FrameWriter.BlockHeader(to[at..], streamId, piece, continues: i > 0, endHeaders: i == last, endStream);
        }

        return length + Overhead(length, maxFrame);
    }
}
