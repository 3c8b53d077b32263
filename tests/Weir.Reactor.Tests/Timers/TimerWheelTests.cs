using Weir.Reactor.Timers;

namespace Weir.Reactor.Tests.Timers;

public class TimerWheelTests
{
    private static readonly long[] Ranges = [3, 300, 70_000, 5 * 3_600_000L, 60L * 24 * 3_600_000];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void FiresAsANaiveModelSays(int seed) => new WheelModel(seed, 60).Run(4000, Ranges);

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void FiresAsANaiveModelSaysFromAnyBeginning(int seed) => new WheelModel(seed, 20, begin: (1L << 32) - 1000).Run(4000, Ranges);

    [Fact]
    public void EveryDeadlineAroundASlotsBoundaryIsExact()
    {
        long[] begins = [0, 1, 255, 256, 65_535, 16_777_215];
        long[] boundaries = [256, 512, 65_536, 131_072, 1L << 24, 1L << 32];
        var cases = from begin in begins from boundary in boundaries from around in new long[] { -1, 0, 1 } select (begin, boundary + around);
        foreach (var (begin, due) in cases)
        {
            if (due <= begin) continue;
            var wheel = new TimerWheel(begin);
            var node = new Probe(wheel);
            wheel.Set(node, due);
            wheel.Advance(due - 1);
            node.Fired.ShouldBe(-1, $"{due} from {begin} fired early");
            wheel.MillisecondsToNext(due - 1).ShouldBe(1);
            wheel.Advance(due);
            node.Fired.ShouldBe(due);
        }
    }

    [Fact]
    public void ADeadlineInThePastFiresOnTheNextTickOnly()
    {
        var wheel = new TimerWheel(1000);
        var node = new Probe(wheel);
        wheel.Set(node, 3);
        node.Fired.ShouldBe(-1);
        wheel.Advance(1000);
        node.Fired.ShouldBe(-1);
        wheel.Advance(1001);
        node.Fired.ShouldBe(1001);
    }

    [Fact]
    public void ACallbackThatSetsItselfInThePastDoesNotHoldTheWheel()
    {
        var wheel = new TimerWheel(0);
        var count = 0;
        var node = new Probe(wheel);
        node.Then = () =>
        {
            count++;
            wheel.Set(node, 0);
        };
        wheel.Set(node, 1);
        wheel.Advance(100);
        count.ShouldBe(100);
    }

    [Fact]
    public void AnEmptyWheelSleepsForEver()
    {
        var wheel = new TimerWheel(5);
        wheel.MillisecondsToNext(5).ShouldBe(-1);
        var node = new Probe(wheel);
        wheel.Set(node, long.MaxValue - 1);
        wheel.MillisecondsToNext(5).ShouldBeGreaterThan(3_600_000);
        wheel.Remove(node);
        wheel.MillisecondsToNext(5).ShouldBe(-1);
    }

    [Fact]
    public void AnHourAheadWakesAHandfulOfTimesAtMost()
    {
        var wheel = new TimerWheel(77);
        var node = new Probe(wheel);
        wheel.Set(node, 77 + 3_600_000);
        var now = 77L;
        var wakes = 0;
        while (node.Fired < 0)
        {
            now += wheel.MillisecondsToNext(now);
            wheel.Advance(now);
            wakes++;
        }

        node.Fired.ShouldBe(77 + 3_600_000);
        wakes.ShouldBeLessThan(6);
    }

    private sealed class Probe(TimerWheel wheel) : TimerNode
    {
        public long Fired { get; private set; } = -1;

        public Action? Then { get; set; }

        protected internal override void OnTimer()
        {
            Fired = wheel.Now;
            Then?.Invoke();
        }
    }
}
