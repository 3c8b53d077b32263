using Weir.Reference;

namespace Weir.Http.Tests.Reference;

/// <summary>The reference is strict itself: it would be no witness otherwise.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1)]
    [InlineData("POST /a?b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\nabcGET * HTTP/1.0\r\n\r\n", 2)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nX: y\r\n\r\n", 1)]
    public void Valid_streams_are_read_to_their_end(string stream, int requests)
    {
        var (read, error) = ReferenceParser.ParseAll(stream);
        error.ShouldBeNull();
        read.Count.ShouldBe(requests);
    }

    [Theory]
    [MemberData(nameof(Http1.RequestRefusalTests.Samples), MemberType = typeof(Http1.RequestRefusalTests))]
    public void What_is_refused_for_its_framing_or_syntax_is_no_request_here_either(Refusal refusal, string stream)
    {
        // The reference knows nothing of Connection, Expect, limits, or of a target's host.
        if (refusal is Refusal.BadConnectionField or Refusal.ExpectationFailed or Refusal.HostDisagrees) return;
        var (read, error) = ReferenceParser.ParseAll(stream + "xxxxx");
        if (refusal is Refusal.BadContentLength or Refusal.BadTarget or Refusal.BadMethod && read.Count > 0) return;
        error.ShouldNotBeNull($"{refusal}: {stream}");
        read.Count.ShouldBe(0, $"{refusal}: {stream}");
    }
}
