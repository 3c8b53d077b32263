using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>
/// The trailer section of a chunked body, RFC 9112 §7.1.2, by the rules of field lines. Each line is gathered at the end of the
/// table's arena as it comes, and becomes a field when it is complete.
/// </summary>
internal struct TrailerReader
{
    public const int MaxBytes = 8 * 1024;
    public const int MaxFields = 64;

    private State _state;
    private int _bytes;
    private int _fields;
    private int _name;
    private TextSlice _line;

    /// <summary>Done: the empty line is consumed.</summary>
    public ParseOutcome Read(ReadOnlySpan<byte> input, FieldTable? trailers, out int consumed, out Refusal refusal)
    {
        consumed = 0;
        while (consumed < input.Length)
        {
            var rest = input[consumed..];
            var run = _state switch
            {
                State.Name => rest.IndexOfAnyExcept(FieldRules.TokenBytes),
                State.Value => rest.IndexOfAny(FieldRules.ControlBytes),
                _ => 0,
            };
            if (run < 0) run = rest.Length;
            if (_bytes + run >= MaxBytes) return Refuse(Refusal.BadTrailer, out refusal);
            if (run > 0 && !Gather(rest[..run], trailers)) return Refuse(Refusal.BadTrailer, out refusal);
            if (_state == State.Name) _name += run;
            consumed += run;
            if (run == rest.Length) break;

            _bytes++;
            var b = input[consumed++];
            switch (_state)
            {
                case State.Start when b == FieldRules.Cr:
                    _state = State.EndLf;
                    break;
                case State.EndLf when b == FieldRules.Lf:
                    refusal = Refusal.None;
                    return ParseOutcome.Done;
                case State.Start when FieldRules.TokenBytes.Contains(b):
                    if (_fields == MaxFields) return Refuse(Refusal.BadTrailer, out refusal);
                    consumed--;
                    _bytes--;
                    _name = 0;
                    _state = State.Name;
                    break;
                case State.Name when b == (byte)':':
                    _state = State.Value;
                    break;
                case State.Value when b == FieldRules.Cr:
                    _state = State.LineLf;
                    break;
                case State.LineLf when b == FieldRules.Lf:
                    if (!EndLine(trailers)) return Refuse(Refusal.BadTrailer, out refusal);
                    _state = State.Start;
                    break;
                default:
                    return Refuse(Refusal.BadTrailer, out refusal);
            }
        }

        refusal = Refusal.None;
        return ParseOutcome.NeedMore;
    }

    private bool Gather(ReadOnlySpan<byte> text, FieldTable? trailers)
    {
        _bytes += text.Length;
        if (trailers is null) return true;
        if (!trailers.Arena.TryAppend(text, out var piece)) return false;
        // The arena's own part is contiguous, and nobody else appends to it: the piece follows the line.
        _line = _line.IsEmpty ? piece : new TextSlice(_line.Offset, _line.Length + piece.Length);
        return true;
    }

    private bool EndLine(FieldTable? trailers)
    {
        var line = _line;
        _line = default;
        _fields++;
        if (trailers is null) return true;
        var arena = trailers.Arena;
        var name = line.Slice(0, _name);
        var id = KnownFields.Find(arena[name]);
        if (FieldKinds.IsForbiddenInTrailers(arena[name], id))
        {
            arena.Shrink(line, 0);
            return true;
        }

        var value = line.Slice(_name, line.Length - _name);
        var text = arena[value];
        var start = 0;
        while (start < text.Length && text[start] is FieldRules.Space or FieldRules.Tab) start++;
        return trailers.TryAdd(name, value.Slice(start, FieldRules.Trim(text).Length), id);
    }

    private static ParseOutcome Refuse(Refusal reason, out Refusal refusal)
    {
        refusal = reason;
        return ParseOutcome.Refused;
    }

    private enum State : byte { Start, EndLf, Name, Value, LineLf }
}
