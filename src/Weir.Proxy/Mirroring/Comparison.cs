using Weir.Proxy.Model;

namespace Weir.Proxy.Mirroring;

/// <summary>Whether a client's answer and that of its copy are the same, counted; a difference now and then is reported with what differs.</summary>
internal static class Comparison
{
    // Milliseconds between two reports of a mirror by one loop.
    private const int Quiet = 1000;

    public static void Run(ProxyLoop owner, MirrorPair pair)
    {
        var plan = pair.Plan;
        var counters = plan.State.PerLoop[owner.Index];
        var result = Compare(plan.Check!, pair.Original, pair.Copied);
        counters.Results[(int)result]++;
        if (result is MirrorResult.Same or MirrorResult.Incomplete) return;
        if (owner.Loop.Now < counters.QuietUntil)
        {
            counters.Unreported++;
            return;
        }

        owner.OnMirrorDifference(new MirrorDifference(plan.State.Route, plan.State.Cluster, Describe(plan.Check!, pair.Original, pair.Copied), counters.Unreported));
        counters.QuietUntil = owner.Loop.Now + Quiet;
        counters.Unreported = 0;
    }

    private static MirrorResult Compare(MirrorCheck check, AnswerNotes original, AnswerNotes copied)
    {
        if (!original.IsComplete || !copied.IsComplete || original.Status == 0) return MirrorResult.Incomplete;
        if (check.Status && original.Status != copied.Status) return MirrorResult.Status;
        for (var i = 0; i < check.Fields.Length; i++)
            if (!original.HasSameField(i, copied)) return MirrorResult.Headers;
        return check.Body && !original.HasSameBody(copied) ? MirrorResult.Body : MirrorResult.Same;
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
