using Weir.Config.Documents;

namespace Weir.Config.Tests.Documents;

public sealed class CoreSchemaTests
{
    [Theory]
    [InlineData("no", CoreKind.Text)]
    [InlineData("on", CoreKind.Text)]
    [InlineData("off", CoreKind.Text)]
    [InlineData("yes", CoreKind.Text)]
    [InlineData("tRue", CoreKind.Text)]
    [InlineData("1_000", CoreKind.Text)]
    [InlineData("0b1", CoreKind.Text)]
    [InlineData("12:30", CoreKind.Text)]
    [InlineData("1.2.3", CoreKind.Text)]
    [InlineData("-", CoreKind.Text)]
    [InlineData(".", CoreKind.Text)]
    [InlineData("True", CoreKind.Boolean)]
    [InlineData("FALSE", CoreKind.Boolean)]
    [InlineData("~", CoreKind.Null)]
    [InlineData("Null", CoreKind.Null)]
    [InlineData("", CoreKind.Null)]
    [InlineData("0o17", CoreKind.Integer)]
    [InlineData("0xFf", CoreKind.Integer)]
    [InlineData("-12", CoreKind.Integer)]
    [InlineData("+12", CoreKind.Integer)]
    [InlineData("017", CoreKind.Integer)]
    [InlineData("1e3", CoreKind.Real)]
    [InlineData("-.5", CoreKind.Real)]
    [InlineData("1.", CoreKind.Real)]
    [InlineData(".inf", CoreKind.Real)]
    public void PlainScalarIsWhatYaml12Says(string text, CoreKind kind) => CoreSchema.KindOf(text).ShouldBe(kind);

    [Theory]
    [InlineData("0o17", 15)]
    [InlineData("0xff", 255)]
    [InlineData("017", 17)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void IntegersAreRead(string text, long value)
    {
        CoreSchema.TryInteger(text, out var read, out _).ShouldBeTrue();
        read.ShouldBe(value);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("0xffffffffffffffff")]
    [InlineData("0o7777777777777777777777777")]
    public void IntegerThatDoesNotFitIsAnOverflow(string text)
    {
        CoreSchema.TryInteger(text, out _, out var overflow).ShouldBeFalse();
        overflow.ShouldBeTrue();
    }
}
