using Weir.AccessLog;
using Weir.Config.Records;

namespace Weir.Tests.AccessLog;

public class TemplateTests
{
    [Fact]
    public void FieldsStandWhereTheyAreWritten()
        => Records.Line("${client.address} [${time.common}] ${http.request.method} ${weir.total_ms}ms", Records.Ordinary())
            .ShouldBe("192.0.2.7 [23/Nov/2026:06:27:59 +0000] GET 12.345ms");

    [Fact]
    public void AnAbsentFieldIsADash() => Records.Line("${weir.cluster}|${weir.connect_ms}", Records.Malformed()).ShouldBe("-|-");

    [Fact]
    public void DoubledDollarsAreLiteral() => Records.Line("$${x} ${http.request.method}", Records.Ordinary()).ShouldBe("${x} GET");

    [Fact]
    public void AnUnknownFieldIsNamedWithItsColumnAndTheNearestOne()
    {
        var problem = LogFormats.Check(new AccessLogConfig { Format = "x ${client.addres}" }).ShouldHaveSingleItem();
        problem.Code.ShouldBe("bad-log-format");
        problem.Column.ShouldBe(4);
        problem.Hint.ShouldBe("did you mean 'client.address'?");
    }

    [Theory]
    [InlineData("${client.address")]
    [InlineData("jsno")]
    [InlineData("${}")]
    public void WhatIsNoFormatIsRefused(string format) => LogFormats.Check(new AccessLogConfig { Format = format }).ShouldHaveSingleItem();

    [Theory]
    [InlineData("json")]
    [InlineData("combined")]
    [InlineData("common")]
    [InlineData("haproxy")]
    [InlineData("off")]
    public void PresetsAreFormats(string format) => LogFormats.Check(new AccessLogConfig { Format = format }).ShouldBeEmpty();

    [Fact]
    public void EveryFieldCanStandInATemplate()
    {
        foreach (var field in LogFields.All) Records.Line("${" + field.Name + "}", Records.Ordinary()).ShouldNotBeEmpty(field.Name);
    }
}
