using System.Text;
using Weir.Proxy.Mirroring;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Mirroring.MirrorSite;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>What is said of two answers.</summary>
public sealed class ComparisonTests
{
    [Theory]
    [InlineData("{}", "200", "A: 1", "body", "None", "")]
    [InlineData("{}", "200", "A: 2", "body", "None", "")]
    [InlineData("{}", "404", "A: 1", "body", "Status", "status 200, mirror 404")]
    [InlineData("{ status: false }", "404", "A: 1", "body", "None", "")]
    [InlineData("{ headers: a }", "200", "A: 1", "body", "None", "")]
    [InlineData("{ headers: [a, B] }", "200", "A: 2", "body", "Headers", "field a")]
    [InlineData("{ headers: [b, a] }", "200", "A: 1\r\nB: x", "other", "Headers, Body", "field b; body of 4 bytes, mirror 5")]
    [InlineData("{ headers: a }", "200", "A: 1\r\nA: 1", "body", "Headers", "field a")]
    [InlineData("{}", "200", "A: 1", "bodY", "Body", "body of 4 bytes, mirror 4")]
    [InlineData("{ body: false }", "200", "A: 1", "other", "None", "")]
    [InlineData("{ headers: a }", "500", "A: 3", "oh no", "Status, Headers, Body", "status 200, mirror 500; field a; body of 4 bytes, mirror 5")]
    public async Task Answers_are_compared_as_asked_for(string compare, string status, string fields, string body, string differs, string what)
    {
        await using var origin = Origin.Answering(Answer("200", "A: 1", "body"));
        await using var shadow = Origin.Answering(Answer(status, fields, body));
        // What policies make of a response is not what is compared.
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: " + compare, "policies: [{ headers: { response: { set: { A: policy } } } }]", logs: true);
        var answer = await site.Gateway.AskAsync(Get);
        answer.Body.ShouldBe("body");
        answer["A"].ShouldBe("policy");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        var (parts, result) = (Enum.Parse<AnswerParts>(differs), what.Length == 0 ? MirrorResult.Same : MirrorResult.Different);
        await TestGateway.EventuallyAsync(() => site.Count(result) == 1);
        // Each part that differs is counted, and the comparison once.
        foreach (var part in (AnswerParts[])[AnswerParts.Status, AnswerParts.Headers, AnswerParts.Body]) site.Count(part).ShouldBe(parts.HasFlag(part) ? 1 : 0);
        var id = site.TakeCopy(result, parts);
        site.Gateway.MirrorDifferences.ShouldBe(what.Length == 0 ? [] : [new MirrorDifference("all", "shadow", id, what, 0)]);
    }

    [Fact]
    public async Task Large_bodies_are_compared_whole_however_they_are_framed()
    {
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(static i => (char)('a' + (i * i % 23))));
        await using var origin = Origin.Answering(Answer("200", "A: 1", text));
        await using var shadow = Origin.Answering(r => r.Target == "/same"
            ? $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{10_000:x}\r\n{text[..10_000]}\r\n{50_000:x}\r\n{text[10_000..]}\r\n0\r\n\r\n"
            : Answer("200", "A: 1", text[..59_999] + "!"));
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: {}");
        foreach (var target in (string[])["/same", "/other"]) (await site.Gateway.AskAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe(text);
        await site.ShouldComeToAsync(MirrorOutcome.Answered, 2);
        (site.Count(MirrorResult.Same), site.Count(AnswerParts.Body)).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Whichever_is_over_last_is_compared()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var origin = Origin.Held(first.Task);
        await using var shadow = Origin.Held(second.Task);
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: {}", logs: true);
        var asked = site.Gateway.AskAsync(Get);
        second.SetResult();
        await TestGateway.EventuallyAsync(() => site.Count(MirrorOutcome.Answered) == 1);
        site.Count(MirrorResult.Same).ShouldBe(0);
        first.SetResult();
        (await asked).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => site.Count(MirrorResult.Same) == 1);
        await site.ShouldBeQuietAsync();
        // The copy's line had to wait for it.
        site.TakeCopy(MirrorResult.Same, AnswerParts.None).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Differences_are_told_once_in_a_while_and_all_of_them_counted()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering(Answer("500", "A: 1", "no"));
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: {}");
        for (var i = 0; i < 20; i++) await site.Gateway.AskAsync(Get);
        await site.ShouldComeToAsync(MirrorOutcome.Answered, 20);
        (site.Count(MirrorResult.Different), site.Count(AnswerParts.Status)).ShouldBe((20, 20));
        // The first at once, and another only if this took longer than a second.
        site.Gateway.MirrorDifferences.Count.ShouldBeInRange(1, 10);
        var untold = site.Gateway.MirrorDifferences.Sum(static d => d.Untold) + site.State.PerLoop[0].Unreported;
        (site.Gateway.MirrorDifferences.Count + untold).ShouldBe(20);
    }

    [Theory]
    [InlineData("fallback: { respond: 200 }")]
    [InlineData("")]
    public async Task What_is_not_an_endpoints_answer_is_not_compared(string route)
    {
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(Origin.Refusing(), shadow.Url, "compare: {}", route, logs: true);
        (await site.Gateway.AskAsync(Get)).Status.ShouldBe(route.Length > 0 ? 200 : 502);
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        site.Count(MirrorResult.Incomplete).ShouldBe(1);
        site.TakeCopy(MirrorResult.Incomplete, AnswerParts.None).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task An_answer_without_body_is_compared_too()
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        await using var shadow = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: { headers: content-length }");
        (await site.Gateway.AskAsync("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD")).Status.ShouldBe(200);
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        site.Count(MirrorResult.Same).ShouldBe(1);
    }

    // The vectors are those of the reference implementation.
    [Theory]
    [InlineData("", 0xef46db3751d8e999)]
    [InlineData("a", 0xd24ec4f1a98c6e5b)]
    [InlineData("abc", 0x44bc2cf5ad770999)]
    [InlineData("message digest", 0x066ed728fceeb3be)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 0xe04a477f19ee145d)]
    public void A_digest_is_that_of_the_specification_however_the_bytes_come(string text, ulong expected)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        BodyDigest.Of(bytes, 0).ShouldBe(expected);
        for (var step = 1; step <= 40; step++)
        {
            var digest = BodyDigest.Begin();
            foreach (var piece in bytes.Chunk(step)) digest.Add(piece);
            digest.Value.ShouldBe(expected);
            digest.Length.ShouldBe(bytes.Length);
        }
    }

    private static string Answer(string status, string fields, string body) => $"HTTP/1.1 {status} Any\r\n{fields}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
}
