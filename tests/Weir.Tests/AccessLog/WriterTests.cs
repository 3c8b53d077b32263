using System.Diagnostics;
using Weir.AccessLog;
using Weir.Config.Records;
using Weir.Proxy.AccessLog;

namespace Weir.Tests.AccessLog;

public class WriterTests
{
    [Fact]
    public void RecordsOfAllRingsAreWrittenBeforeItEnds()
    {
        using var folder = new TemporaryFolder();
        var rings = Rings(2);
        var writer = new AccessLogWriter(rings, static _ => { });
        writer.Configure(new AccessLogConfig { Format = "common", To = folder["access.log"] });
        writer.Start();
        foreach (var ring in rings) Put(ring, 100);
        writer.Dispose();
        File.ReadAllLines(folder["access.log"]).Length.ShouldBe(200);
        writer.Written.ShouldBe(200);
    }

    [Fact]
    public void AFullRingDropsAndCounts()
    {
        var ring = Rings(1)[0];
        Put(ring, ring.Capacity + 5).ShouldBe(ring.Capacity);
        ring.Dropped.ShouldBe(5);
    }

    [Fact]
    public void AFileThatWasRenamedIsOpenedAnewOnRequest()
    {
        using var folder = new TemporaryFolder();
        var ring = Rings(1)[0];
        using var writer = new AccessLogWriter([ring], static _ => { });
        writer.Configure(new AccessLogConfig { Format = "common", To = folder["access.log"] });
        writer.Start();
        Put(ring, 1);
        WaitFor(() => writer.Written == 1 && File.Exists(folder["access.log"]) && new FileInfo(folder["access.log"]).Length > 0);
        File.Move(folder["access.log"], folder["old.log"]);
        Put(ring, 1);
        WaitFor(() => File.ReadAllLines(folder["old.log"]).Length == 2);
        writer.Reopen();
        // The request is taken over with the next batch.
        WaitFor(() =>
        {
            Put(ring, 1);
            return File.Exists(folder["access.log"]);
        });
    }

    [Fact]
    public void AWriteThatFailsIsCountedAndReportedOnce()
    {
        var reports = new List<string>();
        var ring = Rings(1)[0];
        var writer = new AccessLogWriter([ring], reports.Add);
        writer.Configure(new AccessLogConfig { Format = "common", To = "/dev/full" });
        writer.Start();
        Put(ring, 1);
        WaitFor(() => writer.Failures >= 1);
        Put(ring, 1);
        WaitFor(() => writer.Failures >= 2);
        writer.Dispose();
        reports.ShouldHaveSingleItem().ShouldContain("/dev/full cannot be written");
    }

    [Fact]
    public void AnotherFormatIsTakenUpWhileItRuns()
    {
        using var folder = new TemporaryFolder();
        var ring = Rings(1)[0];
        var writer = new AccessLogWriter([ring], static _ => { });
        writer.Configure(new AccessLogConfig { Format = "common", To = folder["a.log"] });
        writer.Start();
        Put(ring, 1);
        WaitFor(() => writer.Written == 1);
        writer.Configure(new AccessLogConfig { Format = "json", To = folder["b.log"] });
        WaitFor(() =>
        {
            Put(ring, 1);
            return File.Exists(folder["b.log"]) && File.ReadAllText(folder["b.log"]).StartsWith('{');
        });
        writer.Configure(new AccessLogConfig { Format = "off" });
        writer.Dispose();
    }

    [Fact]
    public void ARecordTakesAFewMicrosecondsAtMost()
    {
        var line = new LogLine(LogEscape.Json);
        var format = LogFormats.Make("json", out _)!;
        var record = Records.Ordinary();
        const int count = 50_000;
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                line.Truncate(0);
                format.Write(record, line);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / count);
        }

        // Some 1 µs on an idle machine; the bound only catches a blunder.
        Console.WriteLine($"json: {best:0} ns a record");
        best.ShouldBeLessThan(20_000);
    }

    private static LogRing[] Rings(int count) => [.. Enumerable.Range(0, count).Select(static _ =>
    {
        var ring = new LogRing();
        ring.Allocate(128);
        return ring;
    })];

    private static int Put(LogRing ring, int count)
    {
        var put = 0;
        for (var i = 0; i < count; i++)
        {
            ref var record = ref ring.Next();
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref record)) continue;
            record = Records.Ordinary();
            ring.Publish();
            put++;
        }

        return put;
    }

    private static void WaitFor(Func<bool> condition)
        => SpinWait.SpinUntil(() => { Thread.Sleep(5); return condition(); }, TimeSpan.FromSeconds(10)).ShouldBeTrue();
}
