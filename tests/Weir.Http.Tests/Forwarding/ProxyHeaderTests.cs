using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Weir.Http.Forwarding;

namespace Weir.Http.Tests.Forwarding;

public class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] V4 = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1", 56324)]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n", "2001:db8::1", 1)]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535)]
    [InlineData("PROXY UNKNOWN\r\n", null, 0)]
    [InlineData("PROXY UNKNOWN 1.1.1.1 2.2.2.2 3 4\r\n", null, 0)]
    public void Text(string header, string? source, int port) => Parses(Encoding.ASCII.GetBytes(header), source, port);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 \r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 056324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 443\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.1 1 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678\r\n")]
    public void BadText(string header) => ProxyHeader.TryParse(Encoding.ASCII.GetBytes(header), out _).ShouldBe(ProxyHeaderOutcome.Bad);

    [Fact]
    public void Binary()
    {
        Parses(Make(0x21, 0x11, V4), "192.0.2.1", 56324);
        Parses(Make(0x21, 0x21, [0x20, 0x01, 0x0D, 0xB8, .. new byte[11], 1, .. new byte[16], 0, 9, 0, 80]), "2001:db8::1", 9);
        Parses(Make(0x21, 0x31, new byte[216]), null, 0);
        Parses(Make(0x21, 0x00, []), null, 0);
        // LOCAL: whatever else is said is passed over.
        Parses(Make(0x20, 0xFF, [1, 2, 3]), null, 0);
        // ALPN, authority and a unique id.
        Parses(Make(0x21, 0x11, [.. V4, 1, 0, 2, (byte)'h', (byte)'2', 2, 0, 3, (byte)'a', (byte)'.', (byte)'b', 5, 0, 1, 7]), "192.0.2.1", 56324);
    }

    [Fact]
    public void BadBinary()
    {
        Bad(Make(0x11, 0x11, V4));
        Bad(Make(0x22, 0x11, V4));
        Bad(Make(0x21, 0x12, V4));
        Bad(Make(0x21, 0x41, V4));
        Bad(Make(0x21, 0x11, V4[..11]));
        Bad(Make(0x21, 0x11, [.. V4, 1]));
        Bad(Make(0x21, 0x11, [.. V4, 1, 0, 9, 1]));
        Bad(Make(0x21, 0x11, [.. V4, 3, 0, 4, 1, 2, 3, 4]));
        Bad(Make(0x21, 0x11, [.. V4, .. new byte[3000]]));

        static void Bad(byte[] header) => ProxyHeader.TryParse(header, out _).ShouldBe(ProxyHeaderOutcome.Bad);
    }

    [Fact]
    public void TheChecksumCounts()
    {
        var header = Make(0x21, 0x11, [.. V4, 3, 0, 4, 0, 0, 0, 0]);
        var crc = uint.MaxValue;
        foreach (var b in header) crc = BitOperations.Crc32C(crc, b);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(^4), ~crc);
        Parses(header, "192.0.2.1", 56324);
    }

    private static void Parses(byte[] header, string? source, int port)
    {
        for (var i = 0; i < header.Length; i++) ProxyHeader.TryParse(header.AsSpan(0, i), out _).ShouldBe(ProxyHeaderOutcome.NeedMore, $"{i}");
        ProxyHeader.TryParse([.. header, 22, 3, 1], out var parsed).ShouldBe(ProxyHeaderOutcome.Done);
        (parsed.Length, parsed.Source?.ToString(), parsed.SourcePort).ShouldBe((header.Length, source, port));
    }

    private static byte[] Make(byte command, byte family, byte[] rest) => [.. Signature, command, family, (byte)(rest.Length >> 8), (byte)rest.Length, .. rest];
}
