using System.Text;
using Weir.Http.Addresses;
using Weir.Http.Forwarding;

namespace Weir.Http.Tests.Forwarding;

/// <summary>What is written is read as the same; what must not be sent on is not.</summary>
public class ProxyHeaderWriterTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] V4 = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB];

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.1", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n")]
    [InlineData("2001:db8::1", "2001:db8::2", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n")]
    [InlineData("192.0.2.1", "2001:db8::2", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 56324 443\r\n")]
    [InlineData("2001:db8::1", "198.51.100.1", "PROXY TCP6 2001:db8::1 ::ffff:198.51.100.1 56324 443\r\n")]
    [InlineData(null, null, "PROXY UNKNOWN\r\n")]
    public void Text(string? source, string? destination, string expected)
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];
        var length = ProxyHeaderWriter.WriteText(header, Between(source, destination));
        Encoding.ASCII.GetString(header, 0, length).ShouldBe(expected);
        ShouldSay(header.AsSpan(0, length), source, destination);
    }

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.1", 0x21, 0x11, 28)]
    [InlineData("2001:db8::1", "2001:db8::2", 0x21, 0x21, 52)]
    [InlineData("192.0.2.1", "2001:db8::2", 0x21, 0x21, 52)]
    [InlineData(null, null, 0x20, 0, 16)]
    public void Binary(string? source, string? destination, byte command, byte family, int expected)
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];
        var writer = new ProxyHeaderWriter(header);
        writer.Begin(Between(source, destination));
        var length = writer.End(withChecksum: false);
        (length, header[12], header[13]).ShouldBe((expected, command, family));
        ShouldSay(header.AsSpan(0, length), source, destination);
    }

    [Fact]
    public void ExtensionsAreSentOnAsTheyCameLessThoseOfTheHeaderItself()
    {
        // NOOP, ALPN, network namespace, an unknown one, TLS with its own inside, a custom one, the checksum.
        byte[] kept = [1, 0, 2, (byte)'h', (byte)'2', 0x20, 0, 8, 1, 0, 0, 0, 0, 0x21, 0, 0, 0xE4, 0, 1, 9];
        var said = Announce([4, 0, 3, 0, 0, 0, .. kept[..5], 0x30, 0, 1, (byte)'n', 0xF3, 0, 1, 1, .. kept[5..]]);
        said.Extensions.ToArray().ShouldBe(kept);

        var header = new byte[ProxyHeaderWriter.MaxLength];
        var writer = new ProxyHeaderWriter(header);
        writer.Begin(Between("192.0.2.1", "198.51.100.1"));
        writer.Add(ProxyExtension.Authority, "a.test"u8);
        writer.AddKept(said, withoutTls: true);
        var length = writer.End(withChecksum: true);
        // Its own checksum is right, or it would be no header.
        ProxyHeader.TryParse(header.AsSpan(0, length), out var parsed).ShouldBe(ProxyHeaderOutcome.Done);
        var again = new ProxyAnnouncement(header.AsSpan(0, length), parsed);
        again.HasChecksum.ShouldBeTrue();
        again.Extensions.ToArray().ShouldBe([2, 0, 6, .. "a.test"u8, .. kept[5..]]);
        header[length - 5]++;
        ProxyHeader.TryParse(header.AsSpan(0, length), out _).ShouldBe(ProxyHeaderOutcome.Bad);
    }

    [Fact]
    public void AnnouncementsAreRead()
    {
        var said = Announce([2, 0, 3, (byte)'a', (byte)'.', (byte)'b', 1, 0, 2, (byte)'h', (byte)'2', 5, 0, 2, (byte)'i', (byte)'d']);
        Encoding.ASCII.GetString(said.Authority).ShouldBe("a.b");
        Encoding.ASCII.GetString(said.Alpn).ShouldBe("h2");
        Encoding.ASCII.GetString(said.UniqueId).ShouldBe("id");
        (said.Source.ToString(), said.SourcePort, said.Destination.ToString(), said.DestinationPort).ShouldBe(("192.0.2.1", 56324, "198.51.100.1", 443));
        said.HasChecksum.ShouldBeFalse();
        Encoding.ASCII.GetString(Announce([5, 0, 2, (byte)'i', 0xFF]).UniqueId).ShouldBe("69ff");
        Announce([]).UniqueId.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void TheLongestThatComesInFitsWhatGoesOut()
    {
        var said = Announce([.. Enumerable.Repeat<byte[]>([0xE0, 0, 0], 600).SelectMany(static e => e), 0xE1, 0, 200, .. new byte[200]]);
        var header = new byte[ProxyHeaderWriter.MaxLength];
        var writer = new ProxyHeaderWriter(header);
        writer.Begin(Between("2001:db8::1", "2001:db8::2"));
        writer.Add(ProxyExtension.Authority, new byte[255]);
        writer.Add(ProxyExtension.Alpn, new byte[255]);
        writer.Add(ProxyExtension.Alpn, new byte[256]);
        writer.AddKept(said, withoutTls: false);
        writer.End(withChecksum: true).ShouldBe(52 + 258 + 258 + 1800 + 203 + 7);
    }

    private static ProxyAnnouncement Announce(byte[] extensions)
    {
        byte[] header = [.. Signature, 0x21, 0x11, (byte)((V4.Length + extensions.Length) >> 8), (byte)(V4.Length + extensions.Length), .. V4, .. extensions];
        ProxyHeader.TryParse(header, out var parsed).ShouldBe(ProxyHeaderOutcome.Done);
        return new ProxyAnnouncement(header, parsed);
    }

    private static ProxyAddresses? Between(string? source, string? destination)
        => source is null ? null : new ProxyAddresses(IpValue.From(System.Net.IPAddress.Parse(source)), 56324, IpValue.From(System.Net.IPAddress.Parse(destination!)), 443);

    private static void ShouldSay(ReadOnlySpan<byte> header, string? source, string? destination)
    {
        ProxyHeader.TryParse(header, out var parsed).ShouldBe(ProxyHeaderOutcome.Done);
        (parsed.Length, parsed.Source?.ToString(), parsed.Destination?.ToString()).ShouldBe((header.Length, source, destination));
        (parsed.SourcePort, parsed.DestinationPort).ShouldBe(source is null ? (0, 0) : (56324, 443));
    }
}
