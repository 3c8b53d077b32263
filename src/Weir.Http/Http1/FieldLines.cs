using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>
/// Field lines up to the empty line, for requests and responses alike. RFC 9112 §5: a name directly followed by its colon, no
/// folding, CRLF only. What is refused depends on the bytes alone, never on how they were split.
/// </summary>
internal static class FieldLines
{
    /// <summary>Done: state.LineStart is behind the empty line.</summary>
    public static ParseOutcome Parse(ReadOnlySpan<byte> data, FieldTable fields, int maxFields, ref Http1ParseState state, out Refusal refusal)
    {
        refusal = Refusal.None;
        while (true)
        {
            var start = state.LineStart;
            var colon = state.NameEnd;
            if (colon == 0)
            {
                var found = data[state.Scanned..].IndexOfAnyExcept(FieldRules.TokenBytes);
                if (found < 0)
                {
                    state.Scanned = data.Length;
                    return ParseOutcome.NeedMore;
                }

                colon = state.Scanned + found;
                if (colon == start || data[colon] != (byte)':') return EndOrRefuse(data, start, colon, ref state, out refusal);
                if (fields.Count >= maxFields) return Refuse(Refusal.TooManyFields, out refusal);
                state.NameEnd = colon;
                state.Scanned = colon + 1;
            }

            var end = data[state.Scanned..].IndexOfAny(FieldRules.ControlBytes);
            if (end < 0)
            {
                state.Scanned = data.Length;
                return ParseOutcome.NeedMore;
            }

            end = state.Scanned += end;
            if (data[end] != FieldRules.Cr) return Refuse(data[end] == FieldRules.Lf ? Refusal.BadLineEnding : Refusal.BadFieldValue, out refusal);
            if (end + 1 == data.Length) return ParseOutcome.NeedMore;
            if (data[end + 1] != FieldRules.Lf) return Refuse(Refusal.BadLineEnding, out refusal);
            if (!Add(data, fields, start, colon, end, ref state)) return Refuse(Refusal.TooManyFields, out refusal);
            state.NextLine(end + 2);
        }
    }

    private static bool Add(ReadOnlySpan<byte> data, FieldTable fields, int start, int colon, int end, ref Http1ParseState state)
    {
        var name = data[start..colon];
        var id = KnownFields.Find(name);
        if (id == KnownField.Other && name.Contains((byte)'_')) state.SawUnderscore = true;
        var first = colon + 1;
        while (first < end && data[first] is FieldRules.Space or FieldRules.Tab) first++;
        while (end > first && data[end - 1] is FieldRules.Space or FieldRules.Tab) end--;
        return fields.TryAdd(new TextSlice(start, colon - start), new TextSlice(first, end - first), id);
    }

    // The byte at the end of the name is no colon, or there is no name.
    private static ParseOutcome EndOrRefuse(ReadOnlySpan<byte> data, int start, int at, ref Http1ParseState state, out Refusal refusal)
    {
        refusal = Refusal.None;
        switch (data[at])
        {
            case FieldRules.Cr when at + 1 == data.Length:
                state.Scanned = at;
                return ParseOutcome.NeedMore;
            case FieldRules.Cr when data[at + 1] == FieldRules.Lf && at == start:
                state.NextLine(at + 2);
                return ParseOutcome.Done;
            case FieldRules.Cr when data[at + 1] == FieldRules.Lf:
                return Refuse(Refusal.BadFieldName, out refusal);
            case FieldRules.Cr or FieldRules.Lf:
                return Refuse(Refusal.BadLineEnding, out refusal);
            case FieldRules.Space or FieldRules.Tab:
                return Refuse(at == start ? Refusal.ObsoleteFold : Refusal.SpaceBeforeColon, out refusal);
            default:
                return Refuse(Refusal.BadFieldName, out refusal);
        }
    }

    private static ParseOutcome Refuse(Refusal reason, out Refusal refusal)
    {
        refusal = reason;
        return ParseOutcome.Refused;
    }
}
