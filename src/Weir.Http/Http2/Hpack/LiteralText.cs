using System.Buffers;

namespace Weir.Http.Http2.Hpack;

/// <summary>
/// Gathers the name and the value of a literal, one behind the other, where they are Huffman-encoded or come in pieces. The buffer is
/// borrowed. Text that is longer than what can be of use is dropped, and decoded all the same: it may be wrong.
/// </summary>
internal struct LiteralText()
{
    private const int FirstBuffer = 512;
    private const int LongestPiece = 1024;

    private byte[] _buffer = [];
    private HuffmanDecoder _huffman;
    private int _start;
    private int _length;

    /// <summary>Of this literal, something is missing.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>Nothing of the string under way is here.</summary>
    public readonly bool IsEmpty => _length == _start;

    /// <summary>The string under way. Dies with the next piece.</summary>
    public readonly ReadOnlySpan<byte> Current => _buffer.AsSpan(_start, _length - _start);

    /// <summary>What was encoded ends as it has to.</summary>
    public readonly bool EndsWell => _huffman.EndsWell;

    /// <summary>The string before the one under way.</summary>
    public readonly ReadOnlySpan<byte> Name => _buffer.AsSpan(0, _start);

    public void StartLiteral()
    {
        _start = _length = 0;
        IsDropped = false;
    }

    public void StartString()
    {
        _start = _length;
        _huffman = default;
    }

    public void Add(ReadOnlySpan<byte> piece, int longest)
    {
        if (IsDropped || piece.Length > longest - (_length - _start))
        {
            IsDropped = true;
            return;
        }

        Reserve(piece.Length);
        piece.CopyTo(_buffer.AsSpan(_length));
        _length += piece.Length;
    }

    /// <summary>False: the end of string stands in the text.</summary>
    public bool AddHuffman(ReadOnlySpan<byte> text, int longest)
    {
        while (!text.IsEmpty)
        {
            var piece = text[..Math.Min(text.Length, LongestPiece)];
            text = text[piece.Length..];
            Reserve(HuffmanDecoder.MaxDecoded(piece.Length));
            var written = _huffman.Decode(piece, _buffer.AsSpan(_length));
            if (written < 0) return false;
            if (!IsDropped) _length += written;
            if (_length - _start <= longest) continue;
            IsDropped = true;
            _length = _start;
        }

        return true;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Return()
    {
        StartLiteral();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Reserve(int length)
    {
        if (length <= _buffer.Length - _length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, _length + length));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
