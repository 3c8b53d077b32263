using Weir.Proxy.Model;

namespace Weir.Proxy.Mirroring;

/// <summary>Whether a client's answer and that of its copy are the same: counted, and told by the copy's log record; a difference now and then is reported with what differs.</summary>
internal static class Comparison
{
    // Milliseconds between two reports of a mirror by one loop.
    private const int Quiet = 1000;

    public static void Run(ProxyLoop owner, MirrorPair pair)
    {
        var plan = pair.Plan;
        var counters = plan.State.PerLoop[owner.Index];
        var differs = AnswerParts.None;
        var result = MirrorResult.Incomplete;
        if (pair.Original.IsComplete && pair.Copied.IsComplete && pair.Original.Status != 0)
        {
            differs = Compare(plan.Check!, pair.Original, pair.Copied);
            result = differs == AnswerParts.None ? MirrorResult.Same : MirrorResult.Different;
        }

        counters.Results[(int)result]++;
        for (var part = 0; part < counters.Differences.Length; part++) counters.Differences[part] += ((int)differs >> part) & 1;
        pair.TellRecord(owner, result, differs);
        if (result != MirrorResult.Different) return;
        if (owner.Loop.Now < counters.QuietUntil)
        {
            counters.Unreported++;
            return;
        }

        owner.OnMirrorDifference(new MirrorDifference(plan.State.Route, plan.State.Cluster, pair.RequestId, Describe(plan.Check!, pair.Original, pair.Copied), counters.Unreported));
        counters.QuietUntil = owner.Loop.Now + Quiet;
        counters.Unreported = 0;
    }

    private static AnswerParts Compare(MirrorCheck check, AnswerNotes original, AnswerNotes copied)
    {
        var differs = AnswerParts.None;
        if (check.Status && original.Status != copied.Status) differs |= AnswerParts.Status;
        for (var i = 0; i < check.Fields.Length; i++)
            if (!original.HasSameField(i, copied)) differs |= AnswerParts.Headers;
        if (check.Body && !original.HasSameBody(copied)) differs |= AnswerParts.Body;
        return differs;
    }

    // Names and numbers alone: what the fields and bodies say is nobody's business here.
    private static string Describe(MirrorCheck check, AnswerNotes original, AnswerNotes copied)
    {
        var differences = new List<string>();
        if (check.Status && original.Status != copied.Status) differences.Add(FormattableString.Invariant($"status {original.Status}, mirror {copied.Status}"));
        differences.AddRange(check.FieldNames.Where((_, i) => !original.HasSameField(i, copied)).Select(static n => $"field {n}"));
        if (check.Body && !original.HasSameBody(copied)) differences.Add(FormattableString.Invariant($"body of {original.BodyLength} bytes, mirror {copied.BodyLength}"));
        return string.Join("; ", differences);
    }
}
