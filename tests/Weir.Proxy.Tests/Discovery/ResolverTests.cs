using System.Net;
using Weir.Config;
using Weir.Config.Records;
using Weir.Proxy.Discovery.Resolving;
using Weir.Sdk.Discovery;
using Weir.Tests;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>Weir's own questions to DNS servers, and what they may answer.</summary>
public sealed class ResolverTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Addresses_come_with_the_least_ttl_of_what_led_to_them()
    {
        await using var server = new DnsServer(static q => q.Answer([
            Question.Record("Shop.Test", Question.Cname, 60, Question.Encode("b.test")), Question.Record("b.test", Question.Cname, 7, Question.Encode("c.test")),
            Question.Record("c.test", q.Type, 30, [10, 0, 0, 1]), Question.Record("other.test", q.Type, 1, [10, 0, 0, 9])]));
        var answer = await Ask(server, "shop.test");
        answer.Outcome.ShouldBe(DnsOutcome.Found);
        answer.Records.Select(static r => r.Address!.ToString()).ShouldBe(["10.0.0.1"]);
        answer.Ttl.ShouldBe(7u);
    }

    [Fact]
    public async Task An_alias_without_its_target_is_asked_for()
    {
        await using var server = new DnsServer(static q => q.Name == "a.test" ? q.Answer([Question.Record("a.test", Question.Cname, 5, Question.Encode("b.test"))]) : q.Addresses(9, "10.0.0.2"));
        var answer = await Ask(server, "a.test");
        answer.Records.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Parse("10.0.0.2"));
        answer.Ttl.ShouldBe(5u);
    }

    // Two messages of 64 KiB at most could say millions: a service at every port of a thousand addresses.
    [Fact]
    public async Task Services_and_addresses_that_multiply_are_not_all_made()
    {
        await using var server = new DnsServer(static q => !q.IsStream ? q.Answer([], truncated: true)
            : q.Type == Question.Srv ? q.Answer(Enumerable.Range(1, 1500).Select(static port => Question.Service("s.test", 60, 0, 1, port, "t")))
            : q.Answer(Enumerable.Range(1, 1500).Select(static i => Question.Record("t", Question.A, 60, [10, 0, (byte)(i >> 8), (byte)i]))));
        await using var source = new DnsSource(new DnsDiscoveryConfig { Name = "s.test", Type = DnsRecordKind.Srv }, new Resolver([server.Address], Patience, TimeProvider.System), TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var findings = new Findings();
        var before = GC.GetTotalAllocatedBytes();
        var finding = source.FindAsync(findings, stop.Token);
        (await findings.Count.Task.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe(EndpointList.Most + 1);
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(200_000_000);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => finding);
    }

    [Fact]
    public async Task Aliases_in_a_circle_come_to_an_end()
    {
        await using var server = new DnsServer(static q => q.Answer([Question.Record("a.test", Question.Cname, 5, Question.Encode("b.test")), Question.Record("b.test", Question.Cname, 5, Question.Encode("a.test"))]));
        (await Ask(server, "a.test")).ShouldBe(DnsAnswer.Failed("'a.test' has too many aliases"));
        await using var chain = new DnsServer(static q => q.Answer([Question.Record(q.Name, Question.Cname, 5, Question.Encode("x" + q.Name))]));
        (await Ask(chain, "a.test")).Outcome.ShouldBe(DnsOutcome.Failed);
        chain.Asked.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task What_is_no_answer_to_the_question_is_passed_over()
    {
        await using var server = new DnsServer(static q =>
        {
            var right = q.Addresses(60, "10.0.0.1");
            byte[] forged = [.. right], other = [.. right], query = [.. right];
            forged[1] ^= 1;
            other[13] ^= 1;
            query[2] &= 0x7F;
            return [[], [1, 2, 3], forged, other, query, right[..^1], right];
        });
        (await Ask(server, "shop.test")).Records.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Parse("10.0.0.1"));
    }

    [Fact]
    public async Task Another_than_who_was_asked_is_not_heard()
    {
        using var stranger = new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new DnsServer(q =>
        {
            // With everything right but where it comes from.
            stranger.Send(q.Addresses(60, "10.6.6.6"), (IPEndPoint)q.From!);
            return [q.Addresses(60, "10.0.0.1")];
        });
        (await Ask(server, "shop.test")).Records.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Parse("10.0.0.1"));
    }

    [Fact]
    public async Task A_long_answer_is_asked_for_over_tcp()
    {
        await using var server = new DnsServer(static q => q.IsStream
            ? q.Answer(Enumerable.Range(0, 200).Select(i => Question.Record(q.Name, q.Type, 60, [10, 0, 1, (byte)i])))
            : q.Answer([Question.Record(q.Name, q.Type, 60, [10, 0, 0, 1])], truncated: true));
        (await Ask(server, "many.test")).Records.Count.ShouldBe(200);
        server.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_of_64_KiB_is_read()
    {
        // 4,000 records of 16 bytes that point to the question's name.
        await using var server = new DnsServer(static q => q.IsStream
            ? q.Answer(Enumerable.Range(0, 4000).Select(i => (byte[])[0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, (byte)(i >> 8), (byte)i]))
            : q.Answer([], truncated: true));
        (await Ask(server, "many.test")).Records.Count.ShouldBe(4000);
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, 26 }, "a pointer to itself")]
    [InlineData(new byte[] { 0xC0, 200 }, "a pointer forwards")]
    [InlineData(new byte[] { 0x40, 1 }, "a label of a kind that there is not")]
    [InlineData(new byte[] { 63, 1, 2 }, "a label that is cut off")]
    [InlineData(new byte[] { 1, (byte)'.', 0 }, "a dot in a label")]
    public void Names_that_lead_nowhere_are_refused(byte[] name, string what)
    {
        var question = new byte[DnsQuery.Most];
        question = question[..DnsQuery.Write(question, 7, "shop.test", DnsType.A)];
        var whole = new Question(question, false).Answer([[.. name, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]]);
        DnsReader.Read(whole, 7, "shop.test", DnsType.A).ShouldBeNull(what);
    }

    [Fact]
    public void No_bytes_make_the_reader_fail()
    {
        var random = new Random(7);
        var question = new byte[DnsQuery.Most];
        question = question[..DnsQuery.Write(question, 7, "shop.test", DnsType.Srv)];
        var good = new Question(question, false).Answer([Question.Service("shop.test", 60, 1, 2, 80, "a.test"), Question.Record("a.test", Question.Cname, 1, [0xC0, 12]), Question.Record("b.test", Question.Aaaa, 1, new byte[16])]);
        DnsReader.Read(good, 7, "shop.test", DnsType.Srv)!.Answers.Count.ShouldBe(3);
        var understood = 0;
        for (var i = 0; i < 100_000; i++)
        {
            byte[] broken = [.. good];
            for (var n = random.Next(1, 6); n > 0; n--) broken[random.Next(broken.Length)] = (byte)random.Next(256);
            if (DnsReader.Read(broken.AsSpan(0, random.Next(broken.Length + 1)), 7, "shop.test", DnsType.Srv) is not null) understood++;
        }

        understood.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_ttl_with_the_highest_bit_is_0()
    {
        await using var server = new DnsServer(static q => q.Addresses(0x8000_0000, "10.0.0.1"));
        (await Ask(server, "shop.test")).Ttl.ShouldBe(0u);
    }

    [Fact]
    public async Task The_next_server_is_asked_when_one_does_not_know()
    {
        await using var broken = new DnsServer(static q => q.Answer([], code: 2));
        await using var good = new DnsServer(static q => q.Addresses(60, "10.0.0.1"));
        var closed = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        var answer = await new Resolver([closed, broken.Address, good.Address], Patience, TimeProvider.System).ResolveAsync("shop.test", DnsType.A, default);
        answer.Outcome.ShouldBe(DnsOutcome.Found);
        (await new Resolver([broken.Address], Patience, TimeProvider.System).ResolveAsync("shop.test", DnsType.A, default)).ShouldBe(DnsAnswer.Failed($"{broken.Address} answers SERVFAIL for A of 'shop.test'"));
    }

    [Fact]
    public async Task A_server_that_says_nothing_has_its_time_and_no_more()
    {
        await using var silent = new DnsServer(static _ => Array.Empty<byte[]>());
        var answer = await new Resolver([silent.Address], TimeSpan.FromMilliseconds(50), TimeProvider.System).ResolveAsync("shop.test", DnsType.A, default);
        answer.ShouldBe(DnsAnswer.Failed($"{silent.Address} does not answer"));
        silent.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_not_there_is_not_what_is_not_known()
    {
        await using var server = new DnsServer(static q => q.Answer([], code: q.Name == "gone.test" ? 3 : 0));
        (await Ask(server, "gone.test")).ShouldBe(DnsAnswer.Nothing("there is no name 'gone.test'"));
        (await Ask(server, "empty.test")).ShouldBe(DnsAnswer.Nothing("'empty.test' has no addresses"));
    }

    [Fact]
    public async Task Hosts_and_search_domains_are_the_systems()
    {
        using var folder = new TemporaryFolder();
        folder.Write("hosts", "10.9.9.9 known.test known # a comment\n::1 known.test\n");
        var resolver = new Resolver([], Patience, TimeProvider.System) { HostsPath = folder["hosts"], ResolvPath = folder["none"] };
        (await resolver.ResolveAsync("Known", DnsType.A, default)).Records.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Parse("10.9.9.9"));
        (await resolver.ResolveAsync("localhost", DnsType.A, default)).Records.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Loopback);
        (await resolver.ResolveAsync("unknown", DnsType.A, default)).Outcome.ShouldBe(DnsOutcome.Failed);

        var conf = ResolvConf.Parse(["# c", "nameserver 10.0.0.1", "nameserver fd00::1 ; c", "search a.test b.test.", "options timeout:1 ndots:2"]);
        conf.Servers.Select(static s => s.ToString()).ShouldBe(["10.0.0.1:53", "[fd00::1]:53"]);
        conf.Candidates("x.y").ShouldBe(["x.y.a.test", "x.y.b.test", "x.y"]);
        conf.Candidates("x.y.z").ShouldBe(["x.y.z", "x.y.z.a.test", "x.y.z.b.test"]);
        conf.Candidates("x.").ShouldBe(["x"]);
    }

    [Fact]
    public void Priorities_and_weights_of_services_fit()
    {
        static DnsRecord Of(int priority, int weight) => new("s", DnsType.Srv, 1) { Priority = (ushort)priority, Weight = (ushort)weight };
        var (priorities, weights) = DnsSource.Scale([Of(10, 5), Of(20, 1), Of(10, 3)]);
        priorities.ShouldBe([0, 1, 0]);
        weights.ShouldBe([5, 1, 3]);
        DnsSource.Scale([Of(0, 0), Of(0, 0)]).Weights.ShouldBe([1, 1]);
        DnsSource.Scale([Of(0, 0), Of(0, 65_535), Of(0, 32_768)]).Weights.ShouldBe([1, 1000, 500]);
    }

    private static Task<DnsAnswer> Ask(DnsServer server, string name) => new Resolver([server.Address], Patience, TimeProvider.System).ResolveAsync(name, DnsType.A, default);

    private sealed class Findings : IEndpointFindings
    {
        public TaskCompletionSource<int> Count { get; } = new();

        public void Found(IReadOnlyList<FoundEndpoint> endpoints, string? trouble = null) => Count.TrySetResult(endpoints.Count);

        public void Failed(string reason) => Count.TrySetException(new InvalidOperationException(reason));
    }
}
