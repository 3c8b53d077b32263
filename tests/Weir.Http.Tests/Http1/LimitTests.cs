using Weir.Http.Http1;

namespace Weir.Http.Tests.Http1;

/// <summary>Bounds hold before a line is complete, at the byte that passes them, however the bytes arrive.</summary>
public sealed class LimitTests
{
    private static readonly Http1Limits Limits = new() { StartLine = 30, Head = 100, Fields = 3 };

    // "GET / HTTP/1.1" is 14 bytes.
    private static string Line(int length) => "GET /" + new string('x', length - 14) + " HTTP/1.1";

    [Fact]
    public void A_request_line_of_exactly_the_limit_is_taken()
        => RequestSamples.Parse(Line(30) + "\r\nHost: a\r\n\r\n", Limits).Outcome.ShouldBe(ParseOutcome.Done);

    [Fact]
    public void A_request_line_past_the_limit_is_refused_before_it_ends()
    {
        RequestSamples.Parse(Line(31) + "\r\nHost: a\r\n\r\n", Limits).Refusal.ShouldBe(Refusal.RequestLineTooLong);
        RequestSamples.Parse(new string('A', 31), Limits).Refusal.ShouldBe(Refusal.RequestLineTooLong);
        RequestSamples.Parse(new string('A', 30), Limits).Outcome.ShouldBe(ParseOutcome.NeedMore);
    }

    [Fact]
    public void A_request_line_that_fills_the_head_is_too_long()
        => RequestSamples.Parse(Line(30) + "\r\n", Limits with { Head = 20 }).Refusal.ShouldBe(Refusal.RequestLineTooLong);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_head_may_be_as_long_as_its_limit(int length, bool taken)
    {
        const string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        var text = start + new string('x', length - start.Length - 4) + "\r\n\r\n";
        text.Length.ShouldBe(length);
        var parsed = RequestSamples.Parse(text + "more", Limits);
        if (taken) parsed.Consumed.ShouldBe(length);
        else parsed.Refusal.ShouldBe(Refusal.HeaderTooLarge);
    }

    [Fact]
    public void A_head_past_the_limit_is_refused_before_its_line_ends()
        => RequestSamples.Parse("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 100), Limits).Refusal.ShouldBe(Refusal.HeaderTooLarge);

    [Fact]
    public void A_field_too_many_is_refused_at_its_colon()
    {
        RequestSamples.Parse("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\n\r\n", Limits).Outcome.ShouldBe(ParseOutcome.Done);
        RequestSamples.Parse("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\nD:", Limits).Refusal.ShouldBe(Refusal.TooManyFields);
    }

    [Fact]
    public void A_default_of_the_limits_allows_nothing()
        => RequestSamples.Parse("G", default(Http1Limits)).Refusal.ShouldBe(Refusal.RequestLineTooLong);

    [Fact]
    public unsafe void A_byte_of_a_field_line_is_looked_at_once()
    {
        const string line = "GET / HTTP/1.0\r\n";
        var text = NativeText.Bytes(line + "Some-Name: some value\r\nOther: " + new string('x', 100) + "\r\n\r\n");
        using var buffer = new NativeText(text);
        using var head = new Weir.Http.Messages.RequestHead();
        var state = default(Http1ParseState);
        for (var length = 1; length < text.Length; length++)
        {
            RequestParser.Parse(head, buffer.Start, length, Http1Limits.Default, ref state).Outcome.ShouldBe(ParseOutcome.NeedMore);
            // What was seen is spoiled: a parser that goes back, be it to the line's start, refuses it. Only a line's own end is
            // looked at with its other half.
            if (length > line.Length && buffer.Start[length - 1] != (byte)'\r') buffer.Start[length - 1] = 0;
        }

        RequestParser.Parse(head, buffer.Start, text.Length, Http1Limits.Default, ref state).Outcome.ShouldBe(ParseOutcome.Done);
        head.Fields.Count.ShouldBe(2);
    }
}
