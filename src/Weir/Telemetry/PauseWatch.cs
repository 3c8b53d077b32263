namespace Weir.Telemetry;

/// <summary>
/// Notes the pause of each garbage collection: an object that nobody holds is found dead by the next one, and its finalizer looks at
/// what that cost. Process-wide, as the heap is.
/// </summary>
internal sealed class PauseWatch
{
    /// <summary>Upper bounds of the buckets in seconds; the last bucket has none.</summary>
    public static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];

    private static readonly long[] Buckets = new long[Bounds.Length + 1];
    private static TimeSpan s_seen;
    private static int s_count;
    private static int s_started;

    private PauseWatch()
    {
    }

    ~PauseWatch()
    {
        var (total, count) = (GC.GetTotalPauseDuration(), GC.CollectionCount(0));
        var (pause, collections) = ((total - s_seen).TotalSeconds, count - s_count);
        (s_seen, s_count) = (total, count);
        if (collections > 1)
        {
            // The next came before this could be noted: the last is known, what is left belongs to those before.
            var last = 0.0;
            foreach (var part in GC.GetGCMemoryInfo(GCKind.Any).PauseDurations) last += part.TotalSeconds;
            Note(Math.Min(last, pause));
            pause = Math.Max(0, pause - last) / (collections - 1);
            for (var i = 2; i < collections; i++) Note(pause);
        }

        Note(pause);
        Begin();
    }

    private static void Note(double pause)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && pause > Bounds[bucket]) bucket++;
        Buckets[bucket]++;
    }

    /// <summary>Pauses by their time, as of now.</summary>
    public static ReadOnlySpan<long> Counts => Buckets;

    /// <summary>Begins to watch, once for the process.</summary>
    public static void Start()
    {
        if (Interlocked.Exchange(ref s_started, 1) != 0) return;
        (s_seen, s_count) = (GC.GetTotalPauseDuration(), GC.CollectionCount(0));
        Begin();
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1806", Justification = "It is made to be found dead.")]
    private static void Begin() => _ = new PauseWatch();
}
