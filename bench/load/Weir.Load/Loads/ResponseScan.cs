using System.Buffers.Text;

namespace Weir.Load.Loads;

/// <summary>
/// Finds the end of a response to GET, fed as it arrives. Knows Content-Length, chunked bodies and bodies that end with the connection:
/// what the measured proxies send, not all of RFC 9112.
/// </summary>
internal struct ResponseScan
{
    private const int MostHead = 16 * 1024;

    private enum Part { Head, Counted, ToEnd, ChunkSize, ChunkData, ChunkEnd, LastLine, Done }

    private Part _part;
    private byte[]? _line;
    private int _lineLength;
    private int _headLength;
    private long _left;
    private bool _chunked;
    private bool _lengthKnown;

    public int Status { get; private set; }

    public readonly bool Done => _part == Part.Done;

    /// <summary>Whether nothing of the response was seen yet.</summary>
    public readonly bool Fresh => _part == Part.Head && _headLength == 0;

    /// <summary>Ready for the next response on the same connection.</summary>
    public void Reset()
    {
        _part = Part.Head;
        _lineLength = _headLength = 0;
        _left = 0;
        _chunked = _lengthKnown = false;
        Status = 0;
    }

    /// <summary>The connection has ended.</summary>
    /// <returns>Whether the response is whole.</returns>
    public bool End()
    {
        if (_part == Part.ToEnd)
            _part = Part.Done;
        return Done;
    }

    public void Feed(ReadOnlySpan<byte> bytes, Stream? body = null)
    {
        while (!bytes.IsEmpty && !Done)
        {
            if (_part is Part.Counted or Part.ChunkData or Part.ToEnd)
            {
                int length = _part == Part.ToEnd ? bytes.Length : (int)Math.Min(_left, bytes.Length);
                body?.Write(bytes[..length]);
                bytes = bytes[length..];
                _left -= length;
                if (_left == 0 && _part != Part.ToEnd)
                    _part = _part == Part.Counted ? Part.Done : Part.ChunkEnd;
                continue;
            }

            byte next = bytes[0];
            bytes = bytes[1..];
            _line ??= new byte[MostHead];
            if (next != '\n')
            {
                if (_lineLength == MostHead)
                    throw new BenchException("a response has a line longer than 16 KiB");
                _line[_lineLength++] = next;
                _headLength++;
                continue;
            }

            ReadOnlySpan<byte> line = _line.AsSpan(0, _lineLength);
            TakeLine(line.EndsWith("\r"u8) ? line[..^1] : line);
            _lineLength = 0;
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_part)
        {
            case Part.Head when Status == 0:
                if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(line[9..12], out int status, out _))
                    throw new BenchException("a response does not begin with a status line");
                Status = status;
                break;
            case Part.Head when line.IsEmpty:
                _part = _chunked ? Part.ChunkSize : !_lengthKnown ? Part.ToEnd : _left > 0 ? Part.Counted : Part.Done;
                break;
            case Part.Head:
                TakeField(line);
                break;
            case Part.ChunkSize:
                Utf8Parser.TryParse(line, out _left, out _, 'x');
                _part = _left > 0 ? Part.ChunkData : Part.LastLine;
                break;
            case Part.ChunkEnd:
                _part = Part.ChunkSize;
                break;
            case Part.LastLine when line.IsEmpty:
                _part = Part.Done;
                break;
        }
    }

    private void TakeField(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon < 0)
            return;
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim((byte)' ');
        if (System.Text.Ascii.EqualsIgnoreCase(line[..colon], "Content-Length"u8))
            _lengthKnown = Utf8Parser.TryParse(value, out _left, out _);
        else if (System.Text.Ascii.EqualsIgnoreCase(line[..colon], "Transfer-Encoding"u8))
            _chunked = true;
    }
}
