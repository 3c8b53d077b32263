using System.Net;
using Weir.Http.Addresses;

namespace Weir.Http.Tests.Addresses;

/// <summary>Addresses are read strictly, written in one form, and belong to the networks that they belong to.</summary>
public sealed class IpTests
{
    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("::FFFF:102:304", "1.2.3.4")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
    public void An_address_has_one_form(string text, string form)
    {
        IpText.TryParse(NativeText.Bytes(text), out var value).ShouldBeTrue();
        value.ToString().ShouldBe(form);
        var expected = IPAddress.Parse(text);
        value.ToIPAddress().ShouldBe(expected.IsIPv4MappedToIPv6 ? expected.MapToIPv4() : expected);
        IpValue.From(expected).ShouldBe(value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.")]
    [InlineData("1.2.3.4.")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.04")]
    [InlineData("1.2.3.0004")]
    [InlineData("0x1.2.3.4")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1..3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1::2::3")]
    [InlineData("1:::2")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("::1%eth0")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1.2.3.4::")]
    public void What_is_no_address_is_not_read(string text) => IpText.TryParse(NativeText.Bytes(text), out _).ShouldBeFalse();

    [Fact]
    public void Random_addresses_read_back_as_the_framework_writes_and_reads_them()
    {
        var random = new Random(7);
        Span<byte> bytes = stackalloc byte[16];
        for (var i = 0; i < 5000; i++)
        {
            random.NextBytes(bytes);
            for (var group = 0; group < 8; group++)
                if (random.Next(2) == 0) bytes.Slice(group * 2, 2).Clear();
            var address = new IPAddress(bytes);
            IpText.TryParse(NativeText.Bytes(address.ToString()), out var value).ShouldBeTrue(address.ToString());
            value.ShouldBe(IpValue.FromBytes(bytes));
            IPAddress.Parse(value.ToString()).ShouldBe(value.ToIPAddress());
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.3/8", "10.200.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("192.168.0.0/24,192.168.1.0/24,192.168.0.0/16", "192.168.77.1", true)]
    [InlineData("192.168.0.0/24,192.168.2.0/24", "192.168.1.1", false)]
    public void A_network_holds_its_addresses(string networks, string address, bool holds)
    {
        CidrSet.TryParse(networks.Split(','), out var set, out _).ShouldBeTrue();
        set.Contains(IPAddress.Parse(address)).ShouldBe(holds);
        set.Contains(IPAddress.Parse(address).GetAddressBytes()).ShouldBe(holds);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0/8")]
    [InlineData("::/129")]
    [InlineData("localhost")]
    public void What_is_no_network_is_named(string network)
    {
        CidrSet.TryParse(["10.0.0.0/8", network], out var set, out var bad).ShouldBeFalse();
        bad.ShouldBe(network);
        set.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Many_networks_answer_as_a_plain_search_would()
    {
        var random = new Random(11);
        var networks = Enumerable.Range(0, 300).Select(_ => (Bits: (uint)random.NextInt64(1L << 32), Prefix: random.Next(4, 33))).ToArray();
        CidrSet.TryParse(networks.Select(n => $"{IpValue.FromV4(n.Bits)}/{n.Prefix}"), out var set, out _).ShouldBeTrue();
        for (var i = 0; i < 5000; i++)
        {
            var address = i % 2 == 0 ? (uint)random.NextInt64(1L << 32) : networks[random.Next(300)].Bits ^ (1u << random.Next(32));
            set.Contains(IpValue.FromV4(address)).ShouldBe(networks.Any(n => (n.Bits ^ address) >> (32 - n.Prefix) == 0 || n.Bits == address));
        }
    }
}
