using Weir.Certificates.Acme;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Certificates;

/// <summary>Whatever an authority answers, an order ends, with a reason.</summary>
public sealed class HostileAuthorityTests(SharedPebble shared) : IClassFixture<SharedPebble>
{
    private const string Order = """{"status":"pending","finalize":"/f","authorizations":["/a"]}""";

    [PebbleTheory]
    [InlineData("/nonce-plz", "Replay-Nonce", null, nameof(AcmeFault.Protocol), "/nonce-plz gave no nonce")]
    [InlineData("/nonce-plz", "Replay-Nonce", "not a nonce", nameof(AcmeFault.Protocol), "/nonce-plz gave no nonce")]
    [InlineData("/dir", "Content-Type", "text/html", nameof(AcmeFault.Protocol), "/dir answered with 'text/html' where JSON was due")]
    [InlineData("/sign-me-up", "Location", null, nameof(AcmeFault.Protocol), "the account came without its URL")]
    [InlineData("/order-plz", "Location", null, nameof(AcmeFault.Protocol), "the order came without a URL")]
    [InlineData("/order-plz", "Location", "http://ca.example/order", nameof(AcmeFault.Protocol), "the authority names 'http://ca.example/order', which is not an https:// URL")]
    [InlineData("/order-plz", "Location", "file:///etc/passwd", nameof(AcmeFault.Protocol), "the authority names 'file:///etc/passwd', which is not an https:// URL")]
    [InlineData("/certZ/", "Content-Type", "text/plain", nameof(AcmeFault.Protocol), "answered with 'text/plain' where a certificate was due")]
    public async Task AHeaderThatIsMissingOrWrongIsNamed(string path, string header, string? value, string fault, string reason)
        => await ShouldEndAsync(path, Enum.Parse<AcmeFault>(fault), reason, answer =>
        {
            if (value is null) answer.Headers.Remove(header);
            else answer.Headers[header] = value;
        });

    [PebbleTheory]
    [InlineData("/dir", "{}", "is not a directory: newNonce, newAccount or newOrder is missing")]
    [InlineData("/dir", "<html>", "/dir answered with JSON that is not what it should be")]
    [InlineData("/dir", "null", "/dir answered with null")]
    [InlineData("/dir", """{"newNonce":"http://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o"}""", "the authority names 'http://ca.example/n', which is not an https:// URL")]
    [InlineData("/order-plz", """{"status":"pending","finalize":"https://ca.example/f","authorizations":[]}""", "with no authorization")]
    [InlineData("/order-plz", """{"status":"pending","finalize":"https://ca.example/f","authorizations":[null]}""", "with no authorization")]
    [InlineData("/order-plz", """{"status":7}""", "answered with JSON that is not what it should be")]
    [InlineData("/order-plz", Order, "the authority names '/a', which is not an https:// URL")]
    [InlineData("/authZ/", "{}", "is an authorization for no name")]
    [InlineData("/authZ/", """{"status":"pending","identifier":{"type":"dns","value":"../../etc/cron.d/x"},"challenges":[]}""", "the authority wants a proof for ../../etc/cron.d/x, which was not ordered")]
    [InlineData("/authZ/", """{"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[{"type":"http-01","status":"pending","url":"https://ca.example/c","token":"../../x"}]}""", "the http-01 challenge for a.example has no URL or no proper token")]
    [InlineData("/authZ/", """{"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[{"type":"dns-01"},null]}""", "the authority takes dns-01,  for a.example, not http-01")]
    [InlineData("/authZ/", """{"status":"deactivated","identifier":{"type":"dns","value":"a.example"}}""", "the authorization for a.example came as 'deactivated'")]
    [InlineData("/my-order/", """{"status":"invalid","error":{"type":"urn:ietf:params:acme:error:caa","detail":"CAA\u0007 forbids","subproblems":[{"type":"urn:ietf:params:acme:error:caa","detail":"no","identifier":{"type":"dns","value":"a.example"}}]}}""", "the order was refused: caa: CAA  forbids; a.example: caa: no")]
    [InlineData("/my-order/", """{"status":"done"}""", "the order is 'done', which no order can be")]
    [InlineData("/certZ/", "", "it is a chain of 0 certificates")]
    [InlineData("/certZ/", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "the certificate that came cannot be used: it cannot be read")]
    public async Task ABodyThatIsWrongIsNamed(string path, string body, string reason)
        => await ShouldEndAsync(path, null, reason, answer => answer.Body = body);

    [PebbleTheory]
    [InlineData(500, "", "the order was answered with 500, without a reason", nameof(AcmeFault.Unreachable))]
    [InlineData(418, "", "the order was answered with 418, without a reason", nameof(AcmeFault.Refused))]
    [InlineData(302, "", "answered a POST with a redirect", nameof(AcmeFault.Protocol))]
    [InlineData(429, """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many orders"}""", "the order was answered with 429, rateLimited: too many orders", nameof(AcmeFault.RateLimited))]
    [InlineData(400, """{"type":"urn:ietf:params:acme:error:badNonce","detail":"again"}""", "the order was answered with 400, badNonce: ", nameof(AcmeFault.Refused))]
    [InlineData(403, "{", "answered with JSON that is not what it should be", nameof(AcmeFault.Protocol))]
    public async Task ARefusalIsGivenInTheAuthoritysWords(int status, string problem, string reason, string fault)
    {
        var outcome = await ShouldEndAsync("/order-plz", Enum.Parse<AcmeFault>(fault), reason, answer =>
        {
            (answer.Status, answer.Body) = (status, problem);
            answer.Headers["Content-Type"] = problem.Length > 0 ? "application/problem+json" : "text/plain";
            answer.Headers["Location"] = "https://ca.example/elsewhere";
            answer.Headers["Retry-After"] = "99999999";
        });
        // Bounded: nobody makes us wait for three years.
        if (status == 429) outcome.RetryAfter.ShouldBe(TimeSpan.FromDays(7));
    }

    [PebbleFact]
    public async Task AnAnswerWithoutEndIsCut()
        => await ShouldEndAsync("/dir", AcmeFault.Unreachable, "/dir: it answered with more than 256 KiB", static answer => answer.Body = new string(' ', 300_000) + "{}");

    [PebbleFact]
    public async Task ADirectoryMayBeRedirectedButNotOutOfTls()
        => await ShouldEndAsync("/dir", AcmeFault.Protocol, "the authority names 'http://ca.example/dir', which is not an https:// URL", static answer => Redirect(answer, "http://ca.example/dir"));

    [PebbleFact]
    public async Task RedirectsThatLeadInACircleEnd()
        => await ShouldEndAsync("/dir", AcmeFault.Protocol, "leads to one redirect after another", static answer => Redirect(answer, "/dir"));

    [PebbleTheory]
    [InlineData("/my-order/", """{"status":"processing"}""", "the order is still processing after 10 minutes")]
    [InlineData("/authZ/", """{"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[{"type":"http-01","status":"processing","url":"https://ca.example/c","token":"token"}]}""", "the authority has been looking for a.example for 10 minutes")]
    public async Task WhatIsNeverDoneIsGivenUp(string path, string body, string reason)
    {
        var pebble = shared.Fresh();
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        standIn.Change = answer =>
        {
            if (!Is(answer, path)) return;
            answer.Body = body;
            answer.Headers["Retry-After"] = "100000";
        };
        var end = issuing.ObtainAsync(standIn.Config(), "a.example");
        while (!end.IsCompleted)
        {
            issuing.Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(10);
        }

        (await end).Reason.ShouldBe(reason);
        (await end).Fault.ShouldBe(AcmeFault.TimedOut);
        // At least a minute between two looks, whatever is asked for.
        standIn.Asked.Count(p => p.StartsWith(path, StringComparison.Ordinal)).ShouldBeInRange(5, 20);
    }

    [PebbleFact]
    public async Task ACertificateForAnotherKeyOrOtherNamesIsNotTaken()
    {
        var pebble = shared.Fresh();
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        var other = "";
        standIn.Change = answer => other = Is(answer, "/certZ/") ? answer.Body : other;
        (await issuing.ObtainAsync(standIn.Config(), "a.example")).Reason.ShouldBe("");
        standIn.Change = answer =>
        {
            if (Is(answer, "/certZ/")) answer.Body = other;
        };
        (await issuing.ObtainAsync(standIn.Config(), "a.example")).Reason.ShouldBe("the certificate that came cannot be used: it is for another key");

        // The leaf alone under another's chain.
        var stranger = other[(other.IndexOf("-----END", StringComparison.Ordinal) + 26)..];
        await using var second = await Pebble.StartAsync();
        await using var secondStandIn = await StandIn.BeforeAsync(second);
        using var secondIssuing = new Issuing(second.Answers);
        secondStandIn.Change = answer =>
        {
            if (Is(answer, "/certZ/")) answer.Body = answer.Body[..(answer.Body.IndexOf("-----END", StringComparison.Ordinal) + 26)] + stranger;
        };
        (await secondIssuing.ObtainAsync(secondStandIn.Config(), "a.example")).Reason.ShouldStartWith("the certificate that came cannot be used: its chain ");
    }

    [PebbleFact]
    public async Task ACertificateWhoseTimeIsOverIsNotTaken()
    {
        await using var pebble = await Pebble.StartAsync(validSeconds: 3600);
        using var issuing = new Issuing(pebble.Answers);
        issuing.Clock.Advance(TimeSpan.FromHours(2));
        (await issuing.ObtainAsync(pebble.Config(), "a.example")).Reason.ShouldStartWith("the certificate that came cannot be used: it expired on ");
    }

    // Not one that refused a nonce: it will be asked for again.
    private static bool Is(Passing answer, string path) => answer.Status < 400 && answer.Path.StartsWith(path, StringComparison.Ordinal);

    private static void Redirect(Passing answer, string to)
    {
        answer.Status = 302;
        answer.Headers["Location"] = to;
    }

    private async Task<Weir.Certificates.IssueOutcome> ShouldEndAsync(string path, AcmeFault? fault, string reason, Action<Passing> change)
    {
        var pebble = shared.Fresh();
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        standIn.Change = answer =>
        {
            if (Is(answer, path)) change(answer);
        };
        var outcome = await issuing.ObtainAsync(standIn.Config(), "a.example");
        outcome.Certificate.ShouldBeNull();
        outcome.Reason.ShouldContain(reason);
        outcome.Reason.ShouldNotContain("\a");
        if (fault is not null) outcome.Fault.ShouldBe(fault);
        pebble.Answers.Left.ShouldBe(0);
        return outcome;
    }
}
