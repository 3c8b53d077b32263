using System.Net;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

public class AddressTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("[::1]:443", "[::1]:443")]
    [InlineData("[2001:DB8::1]:8080", "[2001:db8::1]:8080")]
    [InlineData("[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80")]
    [InlineData(":8080", "[::]:8080")]
    [InlineData("unix:/run/weir.sock", "unix:/run/weir.sock")]
    [InlineData("unix:relative", "unix:relative")]
    public void AnAddressIsRead(string text, string expected)
    {
        SocketAddress.TryParse(text, out var address).ShouldBeTrue();
        address.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+80")]
    [InlineData("127.0.0.1:080")]
    [InlineData("127.0.0.1: 80")]
    [InlineData(" 127.0.0.1:80")]
    [InlineData("127.0.0.1:80 ")]
    [InlineData("127.1:80")]
    [InlineData("1:80")]
    [InlineData("0x7f.0.0.1:80")]
    [InlineData("010.0.0.1:80")]
    [InlineData("256.0.0.1:80")]
    [InlineData("::1")]
    [InlineData("::1:0")]
    [InlineData("::1:8080")]
    [InlineData("[::1]")]
    [InlineData("[::1]80")]
    [InlineData("[::1]:080")]
    [InlineData("[::1:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("localhost:80")]
    [InlineData("unix:")]
    [InlineData("unix:/a\0b")]
    [InlineData("UNIX:/a")]
    public void WhatIsNoAddressIsRefused(string text) => SocketAddress.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void AUnixPathHasAtMostTheKernelsBytes()
    {
        SocketAddress.TryParse("unix:" + new string('a', 107), out _).ShouldBeTrue();
        SocketAddress.TryParse("unix:" + new string('a', 108), out _).ShouldBeFalse();
        SocketAddress.TryParse("unix:" + new string('ä', 54), out _).ShouldBeFalse("it is bytes that count");
        Should.Throw<ArgumentException>(() => SocketAddress.Unix(""));
        Should.Throw<ArgumentException>(() => SocketAddress.Unix("a\0b"));
    }

    [Fact]
    public void EqualAddressesAreEqual()
    {
        SocketAddress.TryParse("127.0.0.1:80", out var a);
        var b = SocketAddress.From(new IPEndPoint(IPAddress.Loopback, 80));
        SocketAddress.TryParse("127.0.0.1:81", out var c);
        a.Equals(b).ShouldBeTrue();
        a.GetHashCode().ShouldBe(b.GetHashCode());
        a.Equals(c).ShouldBeFalse();
        a.Equals(null).ShouldBeFalse();
        (a.Port, a.IsUnix, SocketAddress.Unix("/x").Port).ShouldBe((80, false, 0));
    }

    [Theory]
    [InlineData("1.2.3.4", 80, "1.2.3.4:80", false)]
    [InlineData("::1", 65535, "[::1]:65535", true)]
    [InlineData("::ffff:9.8.7.6", 1, "9.8.7.6:1", false)]
    [InlineData("2001:db8::ff", 0, "[2001:db8::ff]:0", true)]
    public void APeerIsWhatItsAddressSays(string address, int port, string text, bool isIPv6)
    {
        var peer = PeerAddress.From(IPAddress.Parse(address), port);
        peer.ToString().ShouldBe(text);
        peer.IsIPv6.ShouldBe(isIPv6);
        Span<byte> bytes = stackalloc byte[16];
        var length = peer.CopyTo(bytes);
        length.ShouldBe(isIPv6 ? 16 : 4);
        var again = new PeerAddress(bytes[..length], (ushort)port);
        (again == peer).ShouldBeTrue();
        again.GetHashCode().ShouldBe(peer.GetHashCode());
    }

    [Fact]
    public void PeersDifferByAddressPortAndFamily()
    {
        var peer = PeerAddress.From(IPAddress.Parse("1.2.3.4"), 5);
        (peer == PeerAddress.From(IPAddress.Parse("1.2.3.5"), 5)).ShouldBeFalse();
        (peer == PeerAddress.From(IPAddress.Parse("1.2.3.4"), 6)).ShouldBeFalse();
        (peer == PeerAddress.From(IPAddress.Parse("102:304::"), 5)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("0200")]
    [InlineData("02000050")]
    [InlineData("0A00005000000000000000000000000000000000000000")]
    public void WhatTheKernelDoesNotNameIsLoopback(string raw)
        => (PeerAddress.FromKernel(Convert.FromHexString(raw)) == PeerAddress.Loopback).ShouldBeTrue();

    [Fact]
    public void TheKernelsFormIsRead()
    {
        PeerAddress.FromKernel(Convert.FromHexString("02001F90010203040000000000000000")).ToString().ShouldBe("1.2.3.4:8080");
        PeerAddress.FromKernel(Convert.FromHexString("0A001F900000000020010DB800000000000000000000000100000000")).ToString().ShouldBe("[2001:db8::1]:8080");
        PeerAddress.FromKernel(Convert.FromHexString("0A001F900000000000000000000000000000FFFF0102030400000000")).ToString().ShouldBe("1.2.3.4:8080");
    }
}
