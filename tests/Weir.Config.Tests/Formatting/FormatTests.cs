using Weir.Config.Formatting;

namespace Weir.Config.Tests.Formatting;

public sealed class FormatTests
{
    private static string Format(string text)
    {
        var result = YamlFormatter.Format(text);
        result.Problem.ShouldBeNull();
        YamlFormatter.Format(result.Text).Text.ShouldBe(result.Text, "not idempotent");
        return result.Text;
    }

    [Theory]
    [InlineData("a:   1", "a: 1\n")]
    [InlineData("a :   1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n")]
    [InlineData("\n\n# top\na:  1 # in   \n", "# top\na: 1 # in\n")]
    [InlineData("a:\n      b:\n          c: 1\n", "a:\n  b:\n    c: 1\n")]
    [InlineData("a:\n- 1\n-   k: v\n    l: w\n- - x\n  - y\n", "a:\n  - 1\n  - k: v\n    l: w\n  - - x\n    - y\n")]
    [InlineData("a: {b: 1,c : [x,y , z],d: {},e: [ ]}\n", "a: { b: 1, c: [x, y, z], d: {}, e: [] }\n")]
    [InlineData("{\"a\":1,\n\"b\":[1,\n2]}", "{ \"a\": 1,\n  \"b\": [1,\n    2] }\n")]
    [InlineData("a: [\n    x,   # one\n      # two\n y\n]\n", "a: [\n  x,   # one\n  # two\n  y\n]\n")]
    [InlineData("a:\n    &x {b: 1}\nc:   *x\n", "a:\n  &x { b: 1 }\nc: *x\n")]
    [InlineData("a: &x\n    b: 1\nc:\n    - *x\n    -   &y d\n", "a: &x\n  b: 1\nc:\n  - *x\n  - &y d\n")]
    [InlineData("a: |\n      x\n       y  \n\n      z\n\n\nb: >-\n   f\n", "a: |\n  x\n   y  \n\n  z\n\nb: >-\n  f\n")]
    [InlineData("a:\n    b: |+\n        x\n\n\n    c: |2\n        y\n", "a:\n  b: |+\n    x\n\n\n  c: |2\n      y\n")]
    [InlineData("a: |  # note\n    x\n# after\nb: 1\n", "a: |  # note\n  x\n# after\nb: 1\n")]
    [InlineData("a: 'x\n      y'\nb: \"p\\\n       q\"\nc: one\n     two\n\n     three\n", "a: 'x\n  y'\nb: \"p\\\n  q\"\nc: one\n  two\n\n  three\n")]
    [InlineData("a: !!str   1\n", "a: !!str 1\n")]
    [InlineData("? a\n:   b\n? - c\n: - d\n", "? a\n: b\n? - c\n: - d\n")]
    [InlineData("---\na:  1\n...\n", "---\na: 1\n...\n")]
    [InlineData("a: 1\r\nb:  2\r\n", "a: 1\nb: 2\n")]
    [InlineData("# only\n", "# only\n")]
    [InlineData("", "")]
    [InlineData("a: \"x: y\"   \nb: 'it''s'\n", "a: \"x: y\"\nb: 'it''s'\n")]
    [InlineData("a:\n    # first\n    b: 1\n    # last of a\n# of c\nc: 2\n  # odd\n", "a:\n  # first\n  b: 1\n  # last of a\n# of c\nc: 2\n# odd\n")]
    [InlineData("c:\n# of the list\n- 1\n# of the second\n- 2\n", "c:\n  # of the list\n  - 1\n  # of the second\n  - 2\n")]
    [InlineData("a:\nb:\n  -\n      c: 1\n", "a:\nb:\n  -\n    c: 1\n")]
    [InlineData("a:\n    http://x:1/#y\n", "a:\n  http://x:1/#y\n")]
    public void LayoutIsCanonical(string text, string expected) => Format(text).ShouldBe(expected);

    [Theory]
    [InlineData("a: [1\nb: 2\n")]
    [InlineData("a: \"x\n")]
    [InlineData("a:\n\tb: 1\n")]
    [InlineData("a: 1\u2028b\n")]
    public void WhatCannotBeFormattedIsLeftAsItIs(string text)
    {
        var result = YamlFormatter.Format(text);
        result.Text.ShouldBe(text);
        result.IsChanged.ShouldBeFalse();
        result.Problem.ShouldNotBeNull();
    }

    [Fact]
    public void DigestStaysTheSame()
    {
        const string Text = """
            # The edge.
            version:   1
            listeners: {web: ":0"}   # one

            clusters:
                # shared
                c: &c
                    endpoints:
                    - "http://a"
                    -   url: http://b   # second
                        weight: 2
                d: *c


            routes:
                r:
                    match: {host: [a,b],path: "/x"}
                    respond:
                        status: 200
                        body: |
                            line
                              deeper ${request.host}

                            end
            """;
        var formatted = Format(Text);
        formatted.ShouldContain("# second");
        Read.Valid(formatted).Digest.ShouldBe(Read.Valid(Text).Digest);
    }
}
