using Weir.Config.Documents;

namespace Weir.Config.Tests.Documents;

public sealed class VariableTests
{
    private static string Substitute(string text, List<string>? problems = null) => Variables.Substitute(
        text,
        n => n switch { "HOST" => "h.example", "EMPTY" => "", "PORT_2" => "81", _ => null },
        p => (problems ?? throw new InvalidOperationException(p.Message)).Add($"{p.Offset}: {p.Code}: {p.Message}")).Value;

    [Theory]
    [InlineData("${HOST}", "h.example")]
    [InlineData("http://${HOST}:${PORT_2}/", "http://h.example:81/")]
    [InlineData("${NONE:-a b}", "a b")]
    [InlineData("${NONE:-}", "")]
    [InlineData("${EMPTY}", "")]
    [InlineData("${EMPTY:-x}", "x")]
    [InlineData("${HOST:-x}", "h.example")]
    [InlineData("${NONE:-${HOST}:1}", "h.example:1")]
    [InlineData("${request.header.x}", "${request.header.x}")]
    [InlineData("${Host}", "${Host}")]
    [InlineData("${HOST.x}", "${HOST.x}")]
    [InlineData("$${HOST}", "${HOST}")]
    [InlineData("$$${HOST}", "$${HOST}")]
    [InlineData("$${request.host}", "$${request.host}")]
    [InlineData("a{2}$", "a{2}$")]
    [InlineData("${}", "${}")]
    public void OnlyUpperCaseNamesAreVariables(string text, string value) => Substitute(text).ShouldBe(value);

    [Theory]
    [InlineData("a${NONE}", "1: unset-variable: the environment variable NONE is not set")]
    [InlineData("${NONE:?give a token}", "0: unset-variable: NONE: give a token")]
    [InlineData("${EMPTY:?}", "0: unset-variable: EMPTY: must be set")]
    [InlineData("x ${HOST:-a", "2: bad-variable: '${HOST:-a' is not closed")]
    public void UnsetVariableIsAnError(string text, string problem)
    {
        var problems = new List<string>();
        Substitute(text, problems);
        problems.ShouldBe([problem]);
    }

    [Theory]
    [InlineData("${HOST}")]
    [InlineData("$${HOST}")]
    [InlineData("$$${HOST}${request.host} $${x} ${HOST:-a")]
    public void EscapedTextComesBackAsItWas(string text) => Substitute(Variables.Escape(text)).ShouldBe(text);

    [Fact]
    public void SubstitutedScalarIsTypedByItsValue()
    {
        var text = Read.Head + "workers: ${N:-3}\nroutes: { r: { priority: \"${P}\", respond: { body: \"${P}${P}\" } } }\n";
        var config = Read.Valid(text, ("P", "7")).Config!;
        config.Workers.Number.ShouldBe(3);
        config.Routes["r"].Priority.ShouldBe(7);
        config.Routes["r"].Respond!.Body.ShouldBe("77");
    }

    [Fact]
    public void ValueCannotChangeTheStructure()
        => Read.Valid(Read.Head + "routes: { r: { respond: { body: \"${B}\" } } }\n", ("B", "x\", status: 500 }\n- a")).Config!
            .Routes["r"].Respond!.Body.ShouldBe("x\", status: 500 }\n- a");

    [Fact]
    public void UnsetVariableIsReportedWhereItStands()
        => Read.Errors(Read.Head + "routes: { r: { respond: { body: \"a ${NOPE}\" } } }\n")
            .ShouldBe(["3:36: unset-variable: the environment variable NOPE is not set (give a default: ${NOPE:-…})"]);
}
