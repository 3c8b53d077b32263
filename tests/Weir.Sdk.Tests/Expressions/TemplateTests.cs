using System.Text;
using Weir.Sdk.Expressions;
using Weir.Sdk.Testing;

namespace Weir.Sdk.Tests.Expressions;

public class TemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("$", "$")]
    [InlineData("$$", "$$")]
    [InlineData("$${x}", "${x}")]
    [InlineData("a${request.method}b${request.path}", "aPUTb/p/ä")]
    [InlineData("${ request.method == \"}\" }", "false")]
    [InlineData("${request.query.q}|${request.header.none}|${client.port}", "a b||50000")]
    [InlineData("${client.ip}", "2001:db8::1")]
    [InlineData("ä${\"ö\"}", "äö")]
    [InlineData("${request.target}", "/p/ä?q=a+b")]
    public void BecomesText(string template, string text)
    {
        using var x = new TestExchange("PUT", "http://h/p/ä?q=a+b").Client("2001:db8::1");
        x.Render(template).ShouldBe(text);
    }

    [Theory]
    [InlineData("x${", 3)]
    [InlineData("x${now", 6)]
    [InlineData("x${now y}", 7)]
    [InlineData("${\"a}", 2)]
    [InlineData("ok ${request.methd}", 13)]
    public void ErrorColumnsCountFromTheStartOfTheTemplate(string template, int column)
    {
        Template.TryCompile(template, out _, out var error).ShouldBeFalse();
        error.Column.ShouldBe(column);
    }

    [Fact]
    public void ConstantsAreKnown()
    {
        Template.TryCompile("$${a}", out var template, out _).ShouldBeTrue();
        template!.IsConstant.ShouldBeTrue();
        Encoding.UTF8.GetString(template.Constant).ShouldBe("${a}");
        Encoding.UTF8.GetString(Template.Literal("${a}").Constant).ShouldBe("${a}");
        Template.TryCompile("a${now}", out template, out _).ShouldBeTrue();
        template!.IsConstant.ShouldBeFalse();
    }

    [Fact]
    public void OutputIsBounded()
    {
        using var x = new TestExchange().Field("X-Long", new string('a', 40_000));
        Template.TryCompile("${request.header.x-long}${request.header.x-long}", out var template, out _).ShouldBeTrue();
        var sink = new ByteSink([]);
        template!.TryWrite(x, ref sink).ShouldBeFalse();
        sink.Length.ShouldBeLessThanOrEqualTo(ExpressionLimits.OutputLength);
        sink.Dispose();
        template.TryAppend(x, x.Request.Arena, out _).ShouldBeFalse();
    }

    [Fact]
    public void AppendingToTheArenaThatTheValuesLieInIsSafe()
    {
        using var x = new TestExchange().Field("X-A", new string('a', 900));
        Template.TryCompile("${request.header.x-a}${request.header.x-a}", out var template, out _).ShouldBeTrue();
        for (var i = 0; i < 20; i++)
        {
            template!.TryAppend(x, x.Request.Arena, out var slice).ShouldBeTrue();
            x.Request.Arena[slice].IndexOfAnyExcept((byte)'a').ShouldBe(-1);
            slice.Length.ShouldBe(1800);
        }
    }
}
