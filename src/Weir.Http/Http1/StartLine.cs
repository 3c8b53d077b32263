using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>Finds the end of a request or status line: exactly CRLF, within its limit. Never looks at a byte twice.</summary>
internal static class StartLine
{
    /// <summary>
    /// Done: the line is data[state.LineStart..end]. Refused with <see cref="Refusal.None"/>: a control byte stands at
    /// <paramref name="end"/>, and the caller knows what that spoils.
    /// </summary>
    public static ParseOutcome FindEnd(ReadOnlySpan<byte> data, int limit, ref Http1ParseState state, out int end, out Refusal refusal)
    {
        refusal = Refusal.None;
        // One byte past the limit is enough to know that the line is too long.
        var stop = (int)Math.Min((uint)data.Length, (uint)state.LineStart + (uint)limit + 1);
        var found = data[state.Scanned..stop].IndexOfAny(FieldRules.ControlBytes);
        if (found < 0)
        {
            end = state.Scanned = stop;
            if (stop - state.LineStart <= limit) return ParseOutcome.NeedMore;
            refusal = Refusal.RequestLineTooLong;
            return ParseOutcome.Refused;
        }

        end = state.Scanned += found;
        switch (data[end])
        {
            case FieldRules.Cr when end + 1 == data.Length:
                return ParseOutcome.NeedMore;
            case FieldRules.Cr when data[end + 1] == FieldRules.Lf:
                return ParseOutcome.Done;
            case FieldRules.Cr or FieldRules.Lf:
                refusal = Refusal.BadLineEnding;
                return ParseOutcome.Refused;
            default:
                return ParseOutcome.Refused;
        }
    }
}
