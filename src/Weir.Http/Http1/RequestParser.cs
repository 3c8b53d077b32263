using System.Diagnostics;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Http.Targets;

namespace Weir.Http.Http1;

/// <summary>
/// Reads the head of an HTTP/1 request from a receive buffer: strict, incremental, without copying. RFC 9112 §2 to §7.
/// A head that comes out of here is unambiguous: one target, one host, one framing. What is forwarded is written anew from it.
/// </summary>
public static unsafe class RequestParser
{
    private const int LongestMethod = 32;

    /// <summary>
    /// Parses as far as the bytes go. <paramref name="buffer"/> starts at the first byte after the previous message and must hold
    /// the same content at every call for this head, though it may have moved; <paramref name="length"/> is all that is there, and
    /// may reach into the body. The head's arena is attached to the buffer: keep it until the head is reset.
    /// Start with a reset head and a default state. After Refused, answer and close: there is no next message.
    /// </summary>
    public static ParseResult Parse(RequestHead head, byte* buffer, int length, in Http1Limits limits, ref Http1ParseState state)
    {
        Debug.Assert(state.Phase != ParsePhase.Done, "This head was parsed already.");
        Debug.Assert(state.Phase != ParsePhase.Start || head.Fields.Count == 0, "The head was not reset.");
        head.Arena.Attach(buffer, length);
        var data = new ReadOnlySpan<byte>(buffer, Math.Min(length, limits.Head));

        var outcome = ParseOutcome.Done;
        var refusal = Refusal.None;
        if (state.Phase < ParsePhase.Fields) outcome = ParseStart(head, data, limits.StartLine, ref state, out refusal);
        if (outcome == ParseOutcome.Done) outcome = FieldLines.Parse(data, head.Fields, limits.Fields, ref state, out refusal);
        if (outcome == ParseOutcome.NeedMore)
        {
            if (data.Length < limits.Head) return ParseResult.NeedMore;
            return ParseResult.Refuse(state.Phase < ParsePhase.Fields ? Refusal.RequestLineTooLong : Refusal.HeaderTooLarge);
        }

        if (outcome == ParseOutcome.Refused) return ParseResult.Refuse(refusal);
        refusal = RequestGuards.Apply(head, state.SawUnderscore);
        if (refusal != Refusal.None) return ParseResult.Refuse(refusal);
        state.Phase = ParsePhase.Done;
        return ParseResult.Done(state.LineStart);
    }

    private static ParseOutcome ParseStart(RequestHead head, ReadOnlySpan<byte> data, int limit, ref Http1ParseState state, out Refusal refusal)
    {
        refusal = Refusal.None;
        if (state.Phase == ParsePhase.Start)
        {
            if (data.IsEmpty) return ParseOutcome.NeedMore;
            // RFC 9112 §2.2: an empty line before the request line is forgiven, once.
            if (data[0] == FieldRules.Cr)
            {
                if (data.Length == 1) return ParseOutcome.NeedMore;
                refusal = Refusal.BadLineEnding;
                if (data[1] != FieldRules.Lf) return ParseOutcome.Refused;
                if (data.Length == 2) return ParseOutcome.NeedMore;
                state.NextLine(2);
            }

            state.Phase = ParsePhase.StartLine;
        }

        var outcome = StartLine.FindEnd(data, limit, ref state, out var end, out refusal);
        if (outcome == ParseOutcome.NeedMore) return outcome;
        var line = data[state.LineStart..end];
        if (outcome == ParseOutcome.Refused)
        {
            // A control byte: refused for the part of the line that it stands in.
            if (refusal == Refusal.None) refusal = line.Contains(FieldRules.Space) ? Refusal.BadTarget : Refusal.BadMethod;
            return outcome;
        }

        refusal = ParseLine(head, line, state.LineStart);
        if (refusal != Refusal.None) return ParseOutcome.Refused;
        state.NextLine(end + 2);
        state.Phase = ParsePhase.Fields;
        return ParseOutcome.Done;
    }

    // RFC 9112 §3: method SP request-target SP HTTP-version.
    private static Refusal ParseLine(RequestHead head, ReadOnlySpan<byte> line, int offset)
    {
        var methodEnd = line.StartsWith("GET "u8) ? 3 : line.IndexOfAnyExcept(FieldRules.TokenBytes);
        if (methodEnd is < 1 or > LongestMethod || line[methodEnd] != FieldRules.Space) return Refusal.BadMethod;

        // The version is the last 8 bytes; a space more or less on either side ends up in it or in the target.
        const int tailLength = 9;
        if (line.Length <= methodEnd + 1) return Refusal.BadTarget;
        if (line.Length < tailLength) return Refusal.BadVersion;
        var tail = line[^tailLength..];
        if (tail.SequenceEqual(" HTTP/1.1"u8)) head.Version = HttpVersion.Http11;
        else if (tail.SequenceEqual(" HTTP/1.0"u8)) head.Version = HttpVersion.Http10;
        else if (tail.StartsWith(" HTTP/"u8) && char.IsAsciiDigit((char)tail[6]) && tail[7] == (byte)'.' && char.IsAsciiDigit((char)tail[8]))
            return Refusal.UnsupportedVersion;
        else return Refusal.BadVersion;

        var targetLength = line.Length - tailLength - (methodEnd + 1);
        if (targetLength <= 0) return Refusal.BadTarget;
        head.MethodText = new TextSlice(offset, methodEnd);
        head.Method = Methods.Find(line[..methodEnd]);
        head.RawTarget = new TextSlice(offset + methodEnd + 1, targetLength);
        return TargetParser.Parse(head);
    }
}
