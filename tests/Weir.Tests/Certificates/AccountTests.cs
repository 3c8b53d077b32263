using Weir.Certificates.Acme;
using Weir.Certificates.Storage;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Certificates;

/// <summary>There is one account, for as long as it can be used.</summary>
public sealed class AccountTests(SharedPebble shared) : IClassFixture<SharedPebble>
{
    [PebbleFact]
    public async Task TheAccountIsUsedAgainAfterARestart()
    {
        var pebble = shared.Fresh();
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        (await issuing.ObtainAsync(standIn.Config(), "a.example")).Reason.ShouldBe("");
        var before = File.ReadAllText(FileOf(issuing, "account.json"));
        standIn.Asked.Clear();
        (await issuing.ObtainAsync(standIn.Config(), "b.example")).Reason.ShouldBe("");
        standIn.Asked.ShouldNotContain("/sign-me-up");
        File.ReadAllText(FileOf(issuing, "account.json")).ShouldBe(before);
    }

    [PebbleFact]
    public async Task AnAccountWhoseUrlWasLostIsFoundByItsKey()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        (await issuing.ObtainAsync(pebble.Config(), "a.example")).Reason.ShouldBe("");
        var before = File.ReadAllText(FileOf(issuing, "account.json"));
        File.Delete(FileOf(issuing, "account.json"));
        (await issuing.ObtainAsync(pebble.Config(), "b.example")).Reason.ShouldBe("");
        File.ReadAllText(FileOf(issuing, "account.json")).ShouldBe(before);
    }

    [PebbleTheory]
    [InlineData(null)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nhalf a")]
    public async Task AnAccountWhoseKeyWasLostGivesWayToANewOne(string? damaged)
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        (await issuing.ObtainAsync(pebble.Config(), "a.example")).Reason.ShouldBe("");
        var before = File.ReadAllText(FileOf(issuing, "account.json"));
        if (damaged is null) File.Delete(FileOf(issuing, "account.key"));
        else File.WriteAllText(FileOf(issuing, "account.key"), damaged);

        (await issuing.ObtainAsync(pebble.Config(), "b.example")).Reason.ShouldBe("");
        File.ReadAllText(FileOf(issuing, "account.json")).ShouldNotBe(before);
        if (damaged is null) return;
        File.ReadAllText(FileOf(issuing, "account.key.damaged")).ShouldBe(damaged);
        issuing.Log.Text.ShouldContain("account.key.damaged: ");
    }

    [PebbleTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAccountThatIsDeactivatedOrGoneGivesWayToANewOne(bool isDeactivated)
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var config = pebble.Config();
        (await issuing.ObtainAsync(config, "a.example")).Reason.ShouldBe("");
        var folder = new AccountFolder(issuing.State, config.Directory, issuing.Clock, static (_, _) => { });
        var url = folder.LoadAccount()!.Url;
        if (isDeactivated)
        {
            using var client = new AcmeClient(config.Directory, new Weir.Certificates.IssuerSettings(config).Authorities, issuing.Clock);
            await client.DeactivateAsync(new AcmeAccount(folder.LoadKey()!, url), CancellationToken.None);
        }
        else
        {
            folder.SaveAccount(url + "0", config.Email, null);
        }

        (await issuing.ObtainAsync(config, "b.example")).Reason.ShouldBe("");
        folder.LoadAccount()!.Url.ShouldNotBeOneOf(url, url + "0");
    }

    [PebbleFact]
    public async Task AChangedContactIsToldToTheAuthority()
    {
        var pebble = shared.Fresh();
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        (await issuing.ObtainAsync(standIn.Config() with { Email = ["a@example.com"] }, "a.example")).Reason.ShouldBe("");
        var told = new List<string>();
        standIn.Change = answer => told.Add(answer.Payload);
        (await issuing.ObtainAsync(standIn.Config() with { Email = ["b@example.com"] }, "b.example")).Reason.ShouldBe("");
        told.ShouldContain("""{"contact":["mailto:b@example.com"]}""");
    }

    private static string FileOf(Issuing issuing, string name) => Path.Combine(Directory.GetDirectories(Path.Combine(issuing.State, "acme")).Single(), name);
}
