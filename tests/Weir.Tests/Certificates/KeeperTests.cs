using Weir.Config.Records;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Certificates;

/// <summary>Certificates are there, and stay there, while authorities and disks do what they do.</summary>
public sealed class KeeperTests(SharedPebble shared) : IClassFixture<SharedPebble>
{
    [PebbleFact]
    public async Task WhatIsMissingIsObtainedStoredAndGivenOut()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var config = pebble.Config();
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example"), Issuing.Order(config, "b.example", "c.example"), Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "two certificates");
        keeper.Counters.Issued.ShouldBe(2);
        keeper.Counters.Failed.ShouldBe(0);
        keeper.Orders.Count.ShouldBe(2);
        await issuing.WaitAsync(() => issuing.Log.Text.Contains("Information: certificate for b.example, c.example: obtained, valid until ", StringComparison.Ordinal), "its line");
        (keeper.NextRenewal!.Value - issuing.Clock.GetUtcNow()).TotalDays.ShouldBeInRange(59.9, 63.1);

        // What is there already is not obtained again, by another start or a reload.
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await using var next = issuing.Keeper();
        await next.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 3, "the certificate from the folder");
        next.Counters.Issued.ShouldBe(0);
        keeper.Orders.Single().Order.ToString().ShouldBe("a.example");
        await issuing.WaitAsync(() => issuing.Log.Text.Contains("certificate for a.example: taken from the state folder", StringComparison.Ordinal), "its line");
    }

    [PebbleFact]
    public async Task FilesAreForTheirOwnerAlone()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var state = Path.Combine(issuing.State, "made/by/weir");
        using var inside = new Issuing(pebble.Answers, state);
        var config = pebble.Config();
        await using (var keeper = inside.Keeper())
        {
            await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
            await inside.WaitAsync(() => inside.Given.Count == 1, "a certificate");
        }

        var files = Directory.GetFiles(state, "*", SearchOption.AllDirectories);
        files.Select(Path.GetFileName).ShouldBe(["account.json", "account.key", "lock", "cert.pem", "key.pem", "lock", "order.json"], ignoreOrder: true);
        foreach (var file in files) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        foreach (var folder in Directory.GetDirectories(state, "*", SearchOption.AllDirectories).Append(state))
            File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, folder);
    }

    [PebbleFact]
    public async Task TheOldCertificateStaysWhileTheAuthorityIsDownAndIsRenewedWhenItIsBack()
    {
        await using var pebble = await Pebble.StartAsync(validSeconds: 86_400);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        var config = standIn.Config();
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 1, "the first");

        // A third of a day before its end, and not before.
        issuing.Clock.Advance(TimeSpan.FromHours(15.5));
        standIn.IsDown = true;
        await Task.Delay(300);
        keeper.Counters.Failed.ShouldBe(0);
        issuing.Clock.Advance(TimeSpan.FromHours(1.5));
        await issuing.WaitAsync(() => keeper.Counters.Failed == 1, "a failure");
        issuing.Log.Text.ShouldContain("Warning: certificate for a.example: not renewed, the one until ");
        issuing.Given.Count.ShouldBe(1);
        var status = keeper.Orders.Single();
        status.Failure.ShouldNotBeNull();
        (status.NextTry!.Value - issuing.Clock.GetUtcNow()).TotalSeconds.ShouldBeInRange(30, 73);

        issuing.Clock.Advance(TimeSpan.FromSeconds(75));
        await issuing.WaitAsync(() => keeper.Counters.Failed == 2, "another failure");
        (keeper.Orders.Single().NextTry!.Value - issuing.Clock.GetUtcNow()).TotalSeconds.ShouldBeInRange(80, 145);
        standIn.IsDown = false;
        issuing.Clock.Advance(TimeSpan.FromSeconds(150));
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "the second");
        keeper.Counters.Renewed.ShouldBe(1);
        keeper.Orders.Single().Failure.ShouldBeNull();
        await issuing.WaitAsync(() => issuing.Log.Text.Contains("certificate for a.example: renewed, valid until ", StringComparison.Ordinal), "its line");
        issuing.Given.Last().Digest.ShouldNotBe(issuing.Given.First().Digest);
    }

    [PebbleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheAuthoritySaysWhenToRenew(bool refusesReplaces)
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 0);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        var start = issuing.Clock.GetUtcNow().AddDays(10);
        standIn.Window = (start, start.AddHours(4));
        var config = standIn.Config();
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => keeper.NextRenewal < start.AddHours(4), "the authority's word");
        keeper.NextRenewal!.Value.ShouldBeGreaterThanOrEqualTo(start);
        standIn.Replaced.ShouldBe([null]);

        if (refusesReplaces)
        {
            standIn.Change = static answer =>
            {
                if (!answer.Payload.Contains("replaces", StringComparison.Ordinal) || answer.Status >= 400) return;
                (answer.Status, answer.Body) = (409, """{"type":"urn:ietf:params:acme:error:alreadyReplaced","detail":"it was"}""");
                answer.Headers["Content-Type"] = "application/problem+json";
            };
        }

        // It moved the window forward: told within the hour that it asked for.
        standIn.Window = (issuing.Clock.GetUtcNow().AddDays(2), issuing.Clock.GetUtcNow().AddDays(2).AddMinutes(1));
        issuing.Clock.Advance(TimeSpan.FromMinutes(61));
        await issuing.WaitAsync(() => keeper.NextRenewal < issuing.Clock.GetUtcNow().AddDays(3), "the new window");
        issuing.Clock.Advance(TimeSpan.FromDays(2));
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "the renewed one");
        var name = issuing.Given.First().RenewalName;
        standIn.Replaced.ShouldBe(refusesReplaces ? [null, name, null] : [null, name]);
        standIn.Asked.ShouldContain("/renewal/" + name);
        keeper.Counters.Failed.ShouldBe(0);
        // The window is over for the new one too; that brings forth no chain of orders.
        await Task.Delay(1500);
        keeper.Counters.Issued.ShouldBe(2);
    }

    [PebbleFact]
    public async Task OneOfTwoInstancesOrdersAndBothGetTheCertificate()
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 0);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var one = new Issuing(pebble.Answers);
        using var two = new Issuing(pebble.Answers, one.State);
        var config = standIn.Config();
        await using var first = one.Keeper();
        await using var second = two.Keeper();
        await Task.WhenAll(first.WantAsync(config, [Issuing.Order(config, "a.example")]), second.WantAsync(config, [Issuing.Order(config, "a.example")]));
        await one.WaitAsync(() => one.Given.Count + two.Given.Count > 0, "the one that orders");
        one.Clock.Advance(TimeSpan.FromSeconds(31));
        two.Clock.Advance(TimeSpan.FromSeconds(31));
        await one.WaitAsync(() => one.Given.Count == 1 && two.Given.Count == 1, "both");
        one.Given.Single().Digest.ShouldBe(two.Given.Single().Digest);
        (first.Counters.Issued + second.Counters.Issued).ShouldBe(1);
        standIn.Orders.ShouldBe(1);
        standIn.Asked.Count(static p => p == "/sign-me-up").ShouldBe(1);
    }

    [PebbleFact]
    public async Task ARefusedProofIsTriedByTheOtherKindNext()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        pebble.Answers.Lie = "nothing of the kind";
        var config = pebble.Config(AcmeChallenge.Auto);
        await using (var keeper = issuing.Keeper())
        {
            await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
            await issuing.WaitAsync(() => keeper.Counters.Failed == 1, "the refusal");
            issuing.Log.Text.ShouldContain("Error: certificate for a.example: there is none: a.example was not proven: http-01: unauthorized: ");
            issuing.Clock.Advance(TimeSpan.FromSeconds(75));
            await issuing.WaitAsync(() => issuing.Given.Count == 1, "the certificate");
            pebble.Answers.Puts.ShouldBe(["http", "tls a.example"]);
        }

        // What worked is tried first when it is renewed, after a restart too.
        issuing.Clock.Advance(TimeSpan.FromDays(64));
        await using var next = issuing.Keeper();
        await next.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => next.Counters.Renewed == 1, "the renewed one");
        pebble.Answers.Puts.ShouldBe(["http", "tls a.example", "tls a.example"]);
    }

    [PebbleFact]
    public async Task TheAuthorityIsLeftAloneForAsLongAsItAsks()
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 0);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        standIn.Change = static answer =>
        {
            if (answer.Path != "/order-plz" || answer.Status >= 400) return;
            (answer.Status, answer.Body) = (429, """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates"}""");
            answer.Headers["Content-Type"] = "application/problem+json";
            answer.Headers["Retry-After"] = "7200";
        };
        var config = standIn.Config();
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => keeper.Counters.Failed == 1, "the refusal");
        (keeper.Orders.Single().NextTry!.Value - issuing.Clock.GetUtcNow()).TotalMinutes.ShouldBeInRange(119, 120);
        standIn.Change = static _ => { };
        issuing.Clock.Advance(TimeSpan.FromMinutes(100));
        await Task.Delay(300);
        standIn.Orders.ShouldBe(1);
        issuing.Clock.Advance(TimeSpan.FromMinutes(21));
        await issuing.WaitAsync(() => issuing.Given.Count == 1, "the certificate");
    }

    [PebbleFact]
    public async Task ADamagedCertificateIsReportedLeftWhereItIsAndObtainedAnew()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var config = pebble.Config();
        await using (var keeper = issuing.Keeper())
        {
            await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
            await issuing.WaitAsync(() => issuing.Given.Count == 1, "the first");
        }

        var cert = Directory.GetFiles(issuing.State, "cert.pem", SearchOption.AllDirectories).Single();
        File.WriteAllText(cert, File.ReadAllText(cert)[..300]);
        await using var next = issuing.Keeper();
        await next.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "the second");
        next.Counters.Issued.ShouldBe(1);
        issuing.Log.All.Count(l => l.StartsWith($"Warning: {Path.GetDirectoryName(cert)} cannot be used and stays as it is: ", StringComparison.Ordinal)).ShouldBe(1);
        File.Exists(cert).ShouldBeTrue();
    }

    [PebbleFact]
    public async Task AReloadWithOtherSettingsGoesOnWithWhatIsThere()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var config = pebble.Config();
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 1, "the first");
        var other = config with { RenewBefore = TimeSpan.FromDays(10) };
        await keeper.WantAsync(other, [Issuing.Order(other, "a.example")]);
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "the same once more");
        keeper.Counters.Issued.ShouldBe(1);
        (keeper.NextRenewal!.Value - issuing.Clock.GetUtcNow()).TotalDays.ShouldBeInRange(79.9, 81.1);
        await keeper.WantAsync(other, []);
        keeper.Orders.ShouldBeEmpty();
        keeper.NextRenewal.ShouldBeNull();
    }

    [PebbleFact]
    public async Task ACertificateThatCannotBeStoredIsUsedAndStoredLaterWithoutAnotherOrder()
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 0);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        var config = standIn.Config();
        var folder = Path.Combine(issuing.State, "certificates", Issuing.Order(config, "a.example").Id);
        standIn.Change = answer =>
        {
            if (!answer.Path.StartsWith("/certZ/", StringComparison.Ordinal)) return;
            Directory.Delete(folder, recursive: true);
            File.WriteAllText(folder, "in the way");
        };
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => keeper.Counters.Failed == 1, "the failure");
        issuing.Given.Count.ShouldBe(1);
        keeper.Orders.Single().Failure!.ShouldStartWith("it was obtained, but could not be stored: ");

        File.Delete(folder);
        issuing.Clock.Advance(TimeSpan.FromSeconds(75));
        await issuing.WaitAsync(() => issuing.Given.Count == 2, "the stored one");
        issuing.Given.First().Digest.ShouldBe(issuing.Given.Last().Digest);
        Directory.GetFiles(folder, "cert.pem", SearchOption.AllDirectories).ShouldHaveSingleItem();
        standIn.Orders.ShouldBe(1);
        (keeper.Counters.Issued, keeper.Counters.Renewed).ShouldBe((1, 0));
    }

    [Fact]
    public async Task AFolderThatCannotBeWrittenIsAFailureBeforeAnythingIsOrdered()
    {
        using var answers = new Answering();
        using var issuing = new Issuing(answers, "/proc/weir");
        var config = new AcmeConfig { Directory = "http://127.0.0.1:1/dir" };
        await using var keeper = issuing.Keeper();
        await keeper.WantAsync(config, [Issuing.Order(config, "a.example")]);
        await issuing.WaitAsync(() => keeper.Counters.Failed == 1, "the failure");
        keeper.Orders.Single().Failure!.ShouldContain("/proc/weir");
    }
}
