using System.Text;
using Weir.Http.Addresses;
using Weir.Http.Fields;
using Weir.Http.Forwarding;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Forwarding;

/// <summary>Who asked is believed as far as trust goes, and told on without letting anybody write more than their part.</summary>
public sealed class ForwardingTests : IDisposable
{
    private readonly TextArena _arena = new();
    private readonly FieldTable _fields;

    public ForwardingTests() => _fields = new FieldTable(_arena);

    public void Dispose() => _arena.Dispose();

    private void Receive(string name, params string[] values)
    {
        foreach (var value in values) _fields.TryAdd(NativeText.Bytes(name), NativeText.Bytes(value)).ShouldBeTrue();
    }

    private static IpValue Ip(string text)
    {
        IpText.TryParse(NativeText.Bytes(text), out var value).ShouldBeTrue();
        return value;
    }

    [Theory]
    [InlineData("9.9.9.9", "1.1.1.1", "9.9.9.9")]
    [InlineData("10.0.0.1", "1.1.1.1", "1.1.1.1")]
    [InlineData("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1")]
    [InlineData("10.0.0.1", "6.6.6.6|1.1.1.1|10.0.0.2", "1.1.1.1")]
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.1.1.1, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.1.1.1, _x, 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.1", "01.1.1.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.1.1.1,,", "1.1.1.1")]
    [InlineData("10.0.0.1", "1.1.1.1:443", "1.1.1.1")]
    [InlineData("10.0.0.1", "2001:db8::1", "2001:db8::1")]
    [InlineData("10.0.0.1", "[2001:db8::1]", "2001:db8::1")]
    [InlineData("10.0.0.1", "[2001:db8::1]:80", "2001:db8::1")]
    [InlineData("10.0.0.1", "[2001:db8::1]80", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.1.1.1:", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.1.1.1:x", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1")]
    public void The_client_is_the_first_address_from_the_right_that_is_not_trusted(string peer, string received, string client)
    {
        CidrSet.TryParse(["10.0.0.0/8"], out var trusted, out _).ShouldBeTrue();
        Receive("X-Forwarded-For", received.Split('|'));
        ClientAddress.Find(_fields, Ip(peer), trusted).ShouldBe(Ip(client));
    }

    [Fact]
    public void The_walk_over_hops_is_bounded()
    {
        CidrSet.TryParse(["10.0.0.0/8"], out var trusted, out _).ShouldBeTrue();
        Receive("X-Forwarded-For", "1.1.1.1, " + string.Join(", ", Enumerable.Repeat("10.0.0.2", 40)));
        ClientAddress.Find(_fields, Ip("10.0.0.1"), trusted).ShouldBe(Ip("10.0.0.2"));
    }

    private delegate void Write(ref HeadWriter writer);

    private static string Written(Write write)
    {
        var to = new byte[1024];
        var writer = new HeadWriter(to);
        write(ref writer);
        writer.End(out var length).ShouldBe(WriteOutcome.Written);
        return Encoding.Latin1.GetString(to, 0, length);
    }

    private static ForwardedHop Hop(string peer, string authority, bool trusted)
        => new() { Peer = Ip(peer), Scheme = "https"u8, Authority = NativeText.Bytes(authority), Port = 8443, IsPeerTrusted = trusted };

    [Fact]
    public void What_an_untrusted_peer_said_is_not_passed_on()
    {
        Receive("X-Forwarded-For", "6.6.6.6");
        Receive("X-Forwarded-Proto", "http");
        Receive("X-Forwarded-Host", "evil");
        Receive("X-Forwarded-Prefix", "/evil");
        Receive("Forwarded", "for=6.6.6.6");
        Written((ref HeadWriter w) => ForwardedFields.WriteXForwarded(ref w, _fields, Hop("1.1.1.1", "a:8443", trusted: false)))
            .ShouldBe("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a:8443\r\nX-Forwarded-Port: 8443\r\n\r\n");
        Written((ref HeadWriter w) => ForwardedFields.WriteForwarded(ref w, _fields, Hop("1.1.1.1", "a", trusted: false)))
            .ShouldBe("Forwarded: for=1.1.1.1;host=a;proto=https\r\n\r\n");
    }

    [Fact]
    public void What_a_trusted_peer_said_is_kept_and_added_to()
    {
        Receive("X-Forwarded-For", "6.6.6.6", "", "7.7.7.7, 8.8.8.8");
        Receive("X-Forwarded-Proto", "http");
        Receive("X-Forwarded-Host", "one", "two");
        Receive("X-Forwarded-Prefix", "/p");
        Receive("Forwarded", "for=6.6.6.6");
        Written((ref HeadWriter w) => ForwardedFields.WriteXForwarded(ref w, _fields, Hop("2001:db8::1", "", trusted: true)))
            .ShouldBe("X-Forwarded-For: 6.6.6.6, 7.7.7.7, 8.8.8.8, 2001:db8::1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8443\r\nX-Forwarded-Prefix: /p\r\n\r\n");
        Written((ref HeadWriter w) => ForwardedFields.WriteForwarded(ref w, _fields, Hop("2001:db8::1", "[::1]:80", trusted: true)))
            .ShouldBe("Forwarded: for=6.6.6.6, for=\"[2001:db8::1]\";host=\"[::1]:80\";proto=https\r\n\r\n");
    }

    [Theory]
    [InlineData(HttpVersion.Http10, "Via: 1.0 weir\r\n\r\n")]
    [InlineData(HttpVersion.Http11, "Via: 1.1 weir\r\n\r\n")]
    [InlineData(HttpVersion.Http2, "Via: 2 weir\r\n\r\n")]
    public void Via_names_the_version_that_was_received(HttpVersion version, string line)
        => Written((ref HeadWriter w) => ForwardedFields.WriteVia(ref w, version, "weir"u8)).ShouldBe(line);

    [Theory]
    [InlineData("", 0)]
    [InlineData("weir", 1)]
    [InlineData("Weir", 1)]
    [InlineData("weirs, xweir", 0)]
    [InlineData("a, weir ; v=1 ;w=\"x,weir\\\"\", weir", 2)]
    [InlineData("a;b=\"weir\"", 0)]
    [InlineData("weir|a|weir,weir", 3)]
    [InlineData("[::1]:80, weir", 1)]
    [InlineData(",, weir,", 1)]
    [InlineData("weir x", -1)]
    [InlineData("weir;", -1)]
    [InlineData("weir;a", -1)]
    [InlineData("weir;a=", -1)]
    [InlineData("weir;a=\"x", -1)]
    [InlineData("\"weir\"", -1)]
    public void A_loop_is_seen_by_how_often_an_id_is_listed(string received, int count)
    {
        Receive("CDN-Loop", received.Split('|'));
        CdnLoop.Count(_fields, "weir"u8).ShouldBe(count);
    }

    [Fact]
    public void The_loop_id_is_one_more_line()
        => Written((ref HeadWriter w) => CdnLoop.Write(ref w, "weir"u8)).ShouldBe("CDN-Loop: weir\r\n\r\n");
}
