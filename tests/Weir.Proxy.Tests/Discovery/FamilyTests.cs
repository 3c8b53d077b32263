using Weir.Proxy.Discovery.Resolving;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>Addresses of IPv4 and of IPv6 do not stand in each other's way.</summary>
public sealed class FamilyTests
{
    private const int Refused = 5;
    private const int NoName = 3;

    [Theory]
    [InlineData(Question.A, "fd00::1")]
    [InlineData(Question.Aaaa, "10.0.0.1")]
    public async Task A_family_that_was_never_answered_is_none(int refused, string left)
    {
        await using var server = new DnsServer(q => q.Type == refused ? q.Answer([], Refused) : q.Addresses(30, "10.0.0.1", "fd00::1"));
        var answer = await Both(server).ResolveAsync("a.test", default);
        answer.Outcome.ShouldBe(DnsOutcome.Found);
        Texts(answer).ShouldBe([left]);
        answer.Ttl.ShouldBe(30u);
    }

    [Fact]
    public async Task A_family_that_is_not_answered_any_more_keeps_its_last_addresses_and_is_asked_again_soon()
    {
        var six = "all";
        await using var server = new DnsServer(q => q.Type == Question.Aaaa && six == "refused" ? q.Answer([], Refused) : q.Type == Question.Aaaa && six == "none" ? q.Answer([]) : q.Addresses(30, "10.0.0.1", "fd00::1"));
        var both = Both(server);
        Texts(await both.ResolveAsync("a.test", default)).ShouldBe(["10.0.0.1", "fd00::1"]);
        six = "refused";
        var half = await both.ResolveAsync("a.test", default);
        Texts(half).ShouldBe(["10.0.0.1", "fd00::1"]);
        half.Ttl.ShouldBeLessThan(30u);
        Texts(await both.ResolveAsync("b.test", default)).ShouldBe(["10.0.0.1"], "another name has had none");
        six = "none";
        Texts(await both.ResolveAsync("a.test", default)).ShouldBe(["10.0.0.1"]);
        six = "refused";
        Texts(await both.ResolveAsync("a.test", default)).ShouldBe(["10.0.0.1"], "it has gone since");
    }

    [Theory]
    [InlineData(NoName)]
    [InlineData(Refused)]
    public async Task Where_one_is_not_answered_and_the_other_has_nothing_nothing_is_known(int code)
    {
        await using var server = new DnsServer(q => q.Answer([], q.Type == Question.A ? Refused : code));
        var answer = await Both(server).ResolveAsync("a.test", default);
        answer.Outcome.ShouldBe(DnsOutcome.Failed);
        answer.Reason.ShouldEndWith($" answers REFUSED for {(code == Refused ? "AAAA" : "A")} of 'a.test'");
    }

    private static BothFamilies Both(DnsServer server) => new(new Resolver([server.Address], TimeSpan.FromSeconds(5), TimeProvider.System));

    private static IEnumerable<string> Texts(DnsAnswer answer) => answer.Records.Select(static r => r.Address!.ToString());
}
