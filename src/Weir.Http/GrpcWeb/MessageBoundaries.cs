namespace Weir.Http.GrpcWeb;

/// <summary>
/// Follows the messages of gRPC, each of five bytes of prefix and what they say, through pieces of any size. Keep it in one place and
/// call it by reference, it is the state.
/// </summary>
public struct MessageBoundaries
{
    private const int PrefixLength = 5;
    private const byte TrailersFlag = 0x80;

    private int _prefix;
    private uint _left;

    /// <summary>No message is under way: the body may end here.</summary>
    public readonly bool IsBetween => _prefix == 0;

    /// <summary>A message came that is said to be trailers.</summary>
    public bool HasTrailers { get; private set; }

    /// <summary>This came next.</summary>
    public void Follow(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var length = 1;
            if (_prefix < PrefixLength)
            {
                FollowPrefix(piece[0]);
            }
            else
            {
                length = (int)Math.Min((uint)piece.Length, _left);
                _left -= (uint)length;
            }

            if (_prefix == PrefixLength && _left == 0) _prefix = 0;
            piece = piece[length..];
        }
    }

    private void FollowPrefix(byte next)
    {
        if (_prefix > 0) _left = (_left << 8) | next;
        else if ((next & TrailersFlag) != 0) HasTrailers = true;
        _prefix++;
    }
}
