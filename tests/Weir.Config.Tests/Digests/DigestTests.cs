namespace Weir.Config.Tests.Digests;

public sealed class DigestTests
{
    private const string A = Read.Head + "routes:\n  r: { match: { host: a }, respond: 200 }\n  s: { respond: 201 }\n";

    [Fact]
    public void LayoutAndDefaultsDoNotChangeTheDigest()
    {
        const string Same = "# comment\nroutes:\n  s: { respond: { status: 201, content-type: \"text/plain; charset=utf-8\" } }\n  r: { respond: { status: 200 }, match: { host: [a] }, inherit: true }\nlisteners: { web: { address: \":0\", backlog: 0x1000 } }\nversion: 1\n";
        Read.Valid(Same).Digest.ShouldBe(Read.Valid(A).Digest);
    }

    [Fact]
    public void DigestOfAnObjectChangesWithThatObjectOnly()
    {
        var before = Read.Valid(A).Digests!;
        var after = Read.Valid(A.Replace("host: a", "host: b", StringComparison.Ordinal)).Digests!;
        after.Whole.ShouldNotBe(before.Whole);
        after.Routes["r"].ShouldNotBe(before.Routes["r"]);
        after.Routes["s"].ShouldBe(before.Routes["s"]);
        after.Listeners["web"].ShouldBe(before.Listeners["web"]);
    }

    [Fact]
    public void RenamedObjectChangesTheWhole()
        => Read.Valid(A.Replace("  s:", "  t:", StringComparison.Ordinal)).Digest.ShouldNotBe(Read.Valid(A).Digest);

    [Fact]
    public void OrderOfAListChangesTheDigest()
    {
        var one = Read.Head + "routes: { r: { respond: 200, policies: [{ sample: 1/s }, { sample: 2/s }] } }\n";
        var two = Read.Head + "routes: { r: { respond: 200, policies: [{ sample: 2/s }, { sample: 1/s }] } }\n";
        Read.Valid(one).Digest.ShouldNotBe(Read.Valid(two).Digest);
    }

    [Fact]
    public void ChangedSecretChangesTheDigest()
    {
        const string Text = Read.Head + "admin: { token: { env: T } }\n";
        Read.Valid(Text, ("T", "a")).Digest.ShouldNotBe(Read.Valid(Text, ("T", "b")).Digest);
    }
}
