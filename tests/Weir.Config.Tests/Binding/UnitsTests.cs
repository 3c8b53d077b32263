using Weir.Config.Binding;
using Weir.Sdk.Configuration;

namespace Weir.Config.Tests.Binding;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("5s", 5000)]
    [InlineData("10m", 600_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void DurationsAreRead(string text, long milliseconds)
    {
        Units.TryDuration(text, out var value).ShouldBeNull();
        value.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("5", "a duration needs a unit: 5ms or 5s?")]
    [InlineData("1.5s", "no fractions: 1500ms or 1s500ms")]
    [InlineData("-5s", "the units are ms, s, m, h and d")]
    [InlineData("5 s", "the units are ms, s, m, h and d")]
    [InlineData("5S", "the units are ms, s, m, h and d")]
    [InlineData("10min", "minutes are written m")]
    [InlineData("1s1m", "units go from the large to the small, each once")]
    [InlineData("1s1s", "units go from the large to the small, each once")]
    [InlineData("s", "the units are ms, s, m, h and d")]
    [InlineData("5s3", "the units are ms, s, m, h and d")]
    [InlineData("", "the units are ms, s, m, h and d")]
    [InlineData("99999999999d", "it is too long")]
    [InlineData("99999999999999999999s", "it is too long")]
    [InlineData("10675199d10675199h", "it is too long")]
    public void AnythingElseIsNoDuration(string text, string reason) => Units.TryDuration(text, out _).ShouldBe(reason);

    [Theory]
    [InlineData("512", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("10MiB", 10_485_760)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("10kB", 10_000)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("0", 0)]
    public void SizesAreRead(string text, long bytes)
    {
        Units.TrySize(text, out var value).ShouldBeNull();
        value.Bytes.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("10M", "did you mean MiB?")]
    [InlineData("10kb", "did you mean kB?")]
    [InlineData("64KIB", "did you mean KiB?")]
    [InlineData("1.5MiB", "no fractions: 1536KiB")]
    [InlineData("-1", "the units are KiB, MiB, GiB, kB, MB and GB")]
    [InlineData("10 MiB", "the units are KiB, MiB, GiB, kB, MB and GB")]
    [InlineData("9223372036854775807GiB", "it is too large")]
    [InlineData("99999999999999999999", "it is too large")]
    public void AnythingElseIsNoSize(string text, string reason) => Units.TrySize(text, out _).ShouldBe(reason);

    [Theory]
    [InlineData("100/min", 100, 60)]
    [InlineData("5/s", 5, 1)]
    [InlineData("1000/h", 1000, 3600)]
    [InlineData("10000/d", 10_000, 86_400)]
    public void RatesAreReadAndWritten(string text, long count, long seconds)
    {
        Units.TryRate(text, out var value).ShouldBeNull();
        value.ShouldBe(new Rate(count, TimeSpan.FromSeconds(seconds)));
        Units.Write(value).ShouldBe(text);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("100/m")]
    [InlineData("100/ min")]
    [InlineData("/s")]
    [InlineData("1.5/s")]
    [InlineData("99999999999999999999/s")]
    public void AnythingElseIsNoRate(string text) => Units.TryRate(text, out _).ShouldNotBeNull();

    [Theory]
    [InlineData("20%", 20)]
    [InlineData("0.5%", 0.5)]
    [InlineData("0%", 0)]
    [InlineData("12.125%", 12.125)]
    [InlineData("250%", 250)]
    public void PercentagesAreReadAndWritten(string text, double number)
    {
        Units.TryPercent(text, out var value).ShouldBeNull();
        value.ShouldBe(new Percent(number));
        value.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("20", "a percentage needs its sign: 20%")]
    [InlineData("0.5", "a percentage needs its sign: 0.5% or 50%?")]
    [InlineData("1", "a percentage needs its sign: 1% or 100%?")]
    [InlineData("20 %", "it is written 20% or 0.5%")]
    [InlineData("-1%", "it is written 20% or 0.5%")]
    [InlineData(".5%", "it is written 20% or 0.5%")]
    [InlineData("1e1%", "it is written 20% or 0.5%")]
    [InlineData("20%\n", "it is written 20% or 0.5%")]
    [InlineData("٢%", "it is written 20% or 0.5%")]
    [InlineData("12345678901%", "it is written 20% or 0.5%")]
    [InlineData("", "it is written 20% or 0.5%")]
    public void AnythingElseIsNoPercentage(string text, string reason) => Units.TryPercent(text, out _).ShouldBe(reason);

    [Fact]
    public void NothingNeedsNoSign()
    {
        Units.TryPercent("0", out var value).ShouldBeNull();
        value.ShouldBe(default);
    }

    [Theory]
    [InlineData(90_000, "90s")]
    [InlineData(3_600_000, "1h")]
    [InlineData(1, "1ms")]
    [InlineData(0, "0s")]
    [InlineData(172_800_000, "2d")]
    public void DurationsAreWrittenInTheLargestUnitThatDivides(long milliseconds, string text)
        => Units.Write(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);
}
