using Weir.Sdk.Expressions;

namespace Weir.Sdk.Tests.Expressions;

public class CompilationTests
{
    [Theory]
    [InlineData("", 0, "a value is expected here")]
    [InlineData("request.path ==", 15, "a value is expected here")]
    [InlineData("(true", 5, "')' is expected here")]
    [InlineData("true)", 4, "an operator or the end of the expression is expected here")]
    [InlineData("request", 0, "request alone is no value")]
    [InlineData("request.", 8, "a name is expected here")]
    [InlineData("request.header", 0, "request.header needs a name")]
    [InlineData("request.header[x]", 15, "a name in quotes is expected here")]
    [InlineData("request.header[\"a b\"] == \"\"", 15, "\"a b\" is no name of a header field")]
    [InlineData("request.header.x[\"y\"] == \"\"", 16, "an operator or the end of the expression is expected here")]
    [InlineData("request.method.x == \"\"", 14, "request.method has no parts")]
    [InlineData("\"abc", 0, "this text is not closed")]
    [InlineData("\"a\\qb\" == \"\"", 2, "no such escape")]
    [InlineData("now == 99999999999999999999", 7, "this number does not fit into 64 bits")]
    [InlineData("now == 1 == 2", 9, "comparisons do not chain")]
    [InlineData("now and true", 4, "there is no operator and")]
    [InlineData("true && now", 8, "&& joins conditions, and now is a number")]
    [InlineData("!request.path == \"/\"", 1, "! takes a condition, and request.path is text")]
    [InlineData("request.path < \"b\"", 13, "< compares numbers, and request.path is text")]
    [InlineData("request.path in \"/a\"", 13, "in takes a list here")]
    [InlineData("request.path in [\"/a\", 5]", 23, "request.path is text, and 5 is a number: they are never equal")]
    [InlineData("request.path in [request.host]", 17, "in takes literals only")]
    [InlineData("request.path matches request.host", 21, "matches takes a pattern in quotes")]
    [InlineData("request.path matches \"é\"", 21, "a pattern is ASCII")]
    [InlineData("client.ip == \"10.1\"", 13, "\"10.1\" is no address and no block such as 10.0.0.0/8")]
    [InlineData("client.ip in \"10.0.0.0/33\"", 13, "\"10.0.0.0/33\" is no address and no block such as 10.0.0.0/8")]
    [InlineData("len() == 1", 0, "len() takes 1 argument, not 0")]
    [InlineData("default(request.host) == \"\"", 0, "default() takes 2 arguments, not 1")]
    [InlineData("len(now) == 1", 4, "len() takes text, and now is a number")]
    [InlineData("now ?? \"a\" == \"\"", 0, "?? takes text that may be missing, and now is a number")]
    [InlineData("response.status == 200", 0, "response.status is known only once there is a response")]
    [InlineData("cluster.name == \"a\"", 0, "cluster.name is known only once a cluster was chosen")]
    public void ErrorsSayWhereAndWhat(string text, int column, string message)
    {
        var error = ExpressionTesting.ErrorOf(text);
        (error.Column, error.Message).ShouldBe((column, message));
    }

    [Fact]
    public void ABadPatternIsPointedAtInside()
    {
        var error = ExpressionTesting.ErrorOf("request.path matches \"ab[c\"");
        error.Column.ShouldBeInRange(22, 26);
        error.Message.ShouldStartWith("this pattern is not valid: ");
        error.Message.ShouldNotContain("Invalid pattern");
    }

    [Theory]
    [InlineData("reqest.path == \"\"", "did you mean request?")]
    [InlineData("request.header.a == 'b' || requests.path == ''", "did you mean request?")]
    [InlineData("exist(request.host)", "did you mean exists?")]
    [InlineData("request.path start-with \"a\"", "did you mean starts-with?")]
    [InlineData("GET == request.method", "text needs quotes")]
    public void WhatWasMeantIsSuggested(string text, string hint) => ExpressionTesting.ErrorOf(text).Hint.ShouldBe(hint);

    [Fact]
    public void SizeAndNestingAreBounded()
    {
        ExpressionTesting.ErrorOf("true" + new string(' ', 4096)).Message.ShouldBe("longer than 4096 characters");
        ExpressionTesting.ErrorOf(new string('(', 2000)).Message.ShouldBe("nested deeper than 32");
        ExpressionTesting.ErrorOf(new string('!', 2000)).Message.ShouldBe("nested deeper than 32");
        ExpressionTesting.ErrorOf(string.Join("||", Enumerable.Repeat("true", 300))).Message.ShouldBe("more than 256 values and operators");
        Template.TryCompile(string.Concat(Enumerable.Repeat("${now}", 300)), out _, out var error).ShouldBeFalse();
        error.Message.ShouldBe("more than 256 values and operators");
    }

    [Fact]
    public void NeedingAResponseIsKnown()
    {
        ExpressionTesting.Compile("response.status == 200").NeedsResponse.ShouldBeTrue();
        ExpressionTesting.Compile("request.method == 'GET'").NeedsResponse.ShouldBeFalse();
    }

    [Fact]
    public void NoTextMakesTheCompilerThrow()
    {
        var pieces = new[] { "request", ".", "path", "header", "[", "]", "\"a\"", "'", "r\"", "(", ")", "==", "in", "matches", "&&", "||", "!", "??", "1", "-", "len", "exists", ",", " ", "${", "}", "\\", "client.ip", "é", "\0" };
        var random = new Random(20260728);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (!Condition.TryCompile(text, ExpressionPhase.Response, out _, out var error)) error.Column.ShouldBeInRange(0, text.Length, text);
            if (!Template.TryCompile("${" + text, ExpressionPhase.Response, out _, out error)) error.Column.ShouldBeInRange(0, text.Length + 2, text);
        }
    }
}
