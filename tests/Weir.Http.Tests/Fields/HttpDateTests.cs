using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.Tests.Fields;

/// <summary>RFC 9110 §5.6.7: three forms of one moment; nothing else is a date.</summary>
public sealed class HttpDateTests
{
    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    public void Each_form_is_read(string text)
    {
        HttpDate.TryParse(Encoding.ASCII.GetBytes(text), out var date).ShouldBeTrue();
        date.ShouldBe(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("")]
    [InlineData("120")]
    [InlineData("1994-11-06T08:49:37Z")]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 31 Feb 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 25:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 +0000")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT, and then some more text")]
    public void Nothing_else_is(string text) => HttpDate.TryParse(Encoding.ASCII.GetBytes(text), out _).ShouldBeFalse();
}
