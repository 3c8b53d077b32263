using System.Diagnostics;
using Weir.Http.Addresses;
using Weir.Http.Fields;

namespace Weir.Http.Http1;

public enum ChunkOutcome : byte
{
    /// <summary>All input is consumed and the body goes on.</summary>
    NeedMore,

    /// <summary>There is a piece of the body in the input.</summary>
    Data,

    /// <summary>The body and its trailers are over; what is not consumed belongs to the next message.</summary>
    Done,

    /// <summary>See <see cref="ChunkedDecoder.Refusal"/>; the connection cannot be used again.</summary>
    Refused,
}

/// <summary>
/// Reads a chunked body, RFC 9112 §7.1, byte for byte by the grammar: no whitespace around a size or an extension, CRLF only, at
/// most 16 digits, bounded extensions. The same bytes give the same answer however they are split. Start with <c>default</c>;
/// keep it in one place and call it by reference, it is the state.
/// </summary>
public struct ChunkedDecoder
{
    /// <summary>Bytes of one chunk's extensions at most.</summary>
    public const int MaxExtensionPerChunk = 4 * 1024;

    /// <summary>Bytes of all extensions of one body at most: they carry nothing and cost as much as a body.</summary>
    public const int MaxExtensions = 16 * 1024;

    private const int MostDigits = 16;

    private ChunkState _state;
    private byte _digits;
    private int _lineExtensions;
    private int _extensions;
    private long _remaining;
    private TrailerReader _trailers;

    /// <summary>Bytes of the current chunk that have not been handed out: a chunk may be passed on as one before all of it is there.</summary>
    public readonly long ChunkRemaining => _state == ChunkState.Data ? _remaining : 0;

    public readonly bool IsDone => _state == ChunkState.Done;

    /// <summary>Why, after Refused: BadChunk or BadTrailer.</summary>
    public Refusal Refusal { get; private set; }

    /// <summary>
    /// Reads up to the next piece of the body or the end. <paramref name="consumed"/> bytes are dealt with, the piece included, which
    /// lies at <paramref name="dataOffset"/>; call again with the rest. Trailers go to <paramref name="trailers"/>, whose arena must
    /// take nothing else meanwhile; with null they are checked and dropped. Those of RFC 9110 §6.5.1 are dropped anyway.
    /// </summary>
    public ChunkOutcome Decode(ReadOnlySpan<byte> input, out int consumed, out int dataOffset, out int dataLength, FieldTable? trailers = null)
    {
        dataOffset = dataLength = 0;
        var at = 0;
        while (at < input.Length)
        {
            if (_state == ChunkState.Data)
            {
                dataOffset = at;
                dataLength = (int)Math.Min(_remaining, input.Length - at);
                _remaining -= dataLength;
                if (_remaining == 0) _state = ChunkState.DataCr;
                consumed = at + dataLength;
                return ChunkOutcome.Data;
            }

            if (_state == ChunkState.Trailers)
            {
                var outcome = _trailers.Read(input[at..], trailers, out var used, out var reason);
                consumed = at + used;
                if (outcome == ParseOutcome.Done) _state = ChunkState.Done;
                if (outcome == ParseOutcome.Refused) return Refuse(reason);
                return outcome == ParseOutcome.Done ? ChunkOutcome.Done : ChunkOutcome.NeedMore;
            }

            if (_state >= ChunkState.Done || !Step(input[at]))
            {
                consumed = at;
                return _state == ChunkState.Done ? ChunkOutcome.Done : Refuse(Refusal.BadChunk);
            }

            at++;
        }

        consumed = at;
        return _state == ChunkState.Done ? ChunkOutcome.Done : _state == ChunkState.Refused ? ChunkOutcome.Refused : ChunkOutcome.NeedMore;
    }

    // One byte of a chunk's line, or of the line end behind its data.
    private bool Step(byte b)
    {
        switch (_state)
        {
            case ChunkState.Size:
                if (char.IsAsciiHexDigit((char)b)) return AddDigit(b);
                if (_digits == 0) return false;
                if (b == ';') return Extension(ChunkState.ExtensionNameStart);
                return b == FieldRules.Cr && Go(ChunkState.SizeLf);

            case ChunkState.SizeLf:
                return b == FieldRules.Lf && EndLine();

            case ChunkState.DataCr:
                return b == FieldRules.Cr && Go(ChunkState.DataLf);

            case ChunkState.DataLf:
                _digits = 0;
                return b == FieldRules.Lf && Go(ChunkState.Size);

            default:
                return StepExtension(b);
        }
    }

    // *( ";" token [ "=" ( token / quoted-string ) ] ), RFC 9112 §7.1.1 without its bad whitespace.
    private bool StepExtension(byte b)
    {
        var isToken = FieldRules.TokenBytes.Contains(b);
        switch (_state)
        {
            case ChunkState.ExtensionNameStart:
                return isToken && Extension(ChunkState.ExtensionName);

            case ChunkState.ExtensionName:
                if (isToken) return Extension(ChunkState.ExtensionName);
                if (b == '=') return Extension(ChunkState.ExtensionValueStart);
                return AfterExtension(b);

            case ChunkState.ExtensionValueStart:
                if (b == '"') return Extension(ChunkState.ExtensionQuoted);
                return isToken && Extension(ChunkState.ExtensionValue);

            case ChunkState.ExtensionValue:
                return isToken ? Extension(ChunkState.ExtensionValue) : AfterExtension(b);

            case ChunkState.ExtensionQuoted:
                if (b == '"') return Extension(ChunkState.ExtensionQuotedEnd);
                if (b == '\\') return Extension(ChunkState.ExtensionEscape);
                return !FieldRules.ControlBytes.Contains(b) && Extension(ChunkState.ExtensionQuoted);

            case ChunkState.ExtensionEscape:
                return !FieldRules.ControlBytes.Contains(b) && Extension(ChunkState.ExtensionQuoted);

            default:
                Debug.Assert(_state == ChunkState.ExtensionQuotedEnd);
                return AfterExtension(b);
        }
    }

    private bool AfterExtension(byte b)
        => b == ';' ? Extension(ChunkState.ExtensionNameStart) : b == FieldRules.Cr && Go(ChunkState.SizeLf);

    private bool AddDigit(byte b)
    {
        if (_digits++ == MostDigits || _remaining >> 59 != 0) return false;
        _remaining = (_remaining << 4) | IpText.HexValue(b);
        return true;
    }

    private bool EndLine()
    {
        _lineExtensions = 0;
        return Go(_remaining == 0 ? ChunkState.Trailers : ChunkState.Data);
    }

    private bool Extension(ChunkState next)
    {
        _state = next;
        return ++_lineExtensions <= MaxExtensionPerChunk && ++_extensions <= MaxExtensions;
    }

    private bool Go(ChunkState next)
    {
        _state = next;
        return true;
    }

    private ChunkOutcome Refuse(Refusal reason)
    {
        if (_state != ChunkState.Refused) Refusal = reason;
        _state = ChunkState.Refused;
        return ChunkOutcome.Refused;
    }

    private enum ChunkState : byte
    {
        Size, SizeLf, Data, DataCr, DataLf,
        ExtensionNameStart, ExtensionName, ExtensionValueStart, ExtensionValue, ExtensionQuoted, ExtensionEscape, ExtensionQuotedEnd,
        Trailers, Done, Refused,
    }
}
