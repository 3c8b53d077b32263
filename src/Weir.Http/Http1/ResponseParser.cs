using System.Diagnostics;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Http1;

/// <summary>
/// Reads the head of an origin's HTTP/1 response under the same rules as a request's: an origin that breaks them is not
/// repaired, since what it meant could differ from what the client would read.
/// </summary>
public static unsafe class ResponseParser
{
    private const int VersionLength = 8;
    private const int StatusEnd = VersionLength + 4;

    /// <summary>
    /// As <see cref="RequestParser.Parse"/>. <paramref name="requestMethod"/> decides whether a body follows. An interim response
    /// (status below 200) is a head of its own: reset and parse the next one, with a new state. The refusal is
    /// <see cref="Refusal.UpstreamBadResponse"/> or <see cref="Refusal.UpstreamHeaderTooLarge"/>; <paramref name="detail"/> names the rule.
    /// </summary>
    public static ParseResult Parse(
        ResponseHead head, byte* buffer, int length, HttpMethod requestMethod, in Http1Limits limits, ref Http1ParseState state, out Refusal detail)
    {
        Debug.Assert(state.Phase != ParsePhase.Done, "This head was parsed already.");
        Debug.Assert(state.Phase != ParsePhase.Start || head.Fields.Count == 0, "The head was not reset.");
        head.Arena.Attach(buffer, length);
        var data = new ReadOnlySpan<byte>(buffer, Math.Min(length, limits.Head));

        detail = Refusal.None;
        var outcome = ParseOutcome.Done;
        if (state.Phase < ParsePhase.Fields) outcome = ParseStart(head, data, limits.StartLine, ref state, out detail);
        if (outcome == ParseOutcome.Done) outcome = FieldLines.Parse(data, head.Fields, limits.Fields, ref state, out detail);
        if (outcome == ParseOutcome.NeedMore)
        {
            if (data.Length < limits.Head) return ParseResult.NeedMore;
            detail = Refusal.HeaderTooLarge;
        }

        if (outcome == ParseOutcome.Done)
        {
            detail = ResponseGuards.Apply(head, requestMethod);
            if (detail == Refusal.None)
            {
                state.Phase = ParsePhase.Done;
                return ParseResult.Done(state.LineStart);
            }
        }

        return ParseResult.Refuse(detail is Refusal.HeaderTooLarge or Refusal.TooManyFields or Refusal.RequestLineTooLong
            ? Refusal.UpstreamHeaderTooLarge
            : Refusal.UpstreamBadResponse);
    }

    private static ParseOutcome ParseStart(ResponseHead head, ReadOnlySpan<byte> data, int limit, ref Http1ParseState state, out Refusal refusal)
    {
        refusal = Refusal.None;
        if (data.IsEmpty) return ParseOutcome.NeedMore;
        state.Phase = ParsePhase.StartLine;
        var outcome = StartLine.FindEnd(data, limit, ref state, out var end, out refusal);
        if (outcome == ParseOutcome.NeedMore) return outcome;
        if (outcome == ParseOutcome.Done) refusal = ParseLine(head, data[..end]);
        else if (refusal == Refusal.None) refusal = Refusal.BadVersion;
        if (refusal != Refusal.None) return ParseOutcome.Refused;
        state.NextLine(end + 2);
        state.Phase = ParsePhase.Fields;
        return ParseOutcome.Done;
    }

    // RFC 9112 §4: HTTP-version SP status-code SP [reason]. The second space is forgiven when no reason follows: many origins
    // leave it out, and nothing else can be meant.
    private static Refusal ParseLine(ResponseHead head, ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("HTTP/1.1 "u8)) head.Version = HttpVersion.Http11;
        else if (line.StartsWith("HTTP/1.0 "u8)) head.Version = HttpVersion.Http10;
        else return line.StartsWith("HTTP/"u8) ? Refusal.UnsupportedVersion : Refusal.BadVersion;

        if (line.Length < StatusEnd || (line.Length > StatusEnd && line[StatusEnd] != FieldRules.Space)) return Refusal.BadVersion;
        uint hundreds = line[VersionLength + 1] - (uint)'0', tens = line[VersionLength + 2] - (uint)'0', ones = line[VersionLength + 3] - (uint)'0';
        if (hundreds is < 1 or > 5 || tens > 9 || ones > 9) return Refusal.BadVersion;
        head.Status = (int)((hundreds * 100) + (tens * 10) + ones);
        if (line.Length > StatusEnd + 1) head.Reason = new TextSlice(StatusEnd + 1, line.Length - StatusEnd - 1);
        return Refusal.None;
    }
}
