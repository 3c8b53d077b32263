using System.Buffers.Binary;
using System.Net.Security;
using System.Text;
using Weir.Http.Streams;

namespace Weir.Http.Tests.Streams;

/// <summary>What a TLS client asks for is read from its first bytes, whatever they are and however they come.</summary>
public class ClientHelloTests
{
    [Fact]
    public void A_real_hello_says_name_and_protocols()
    {
        var hello = Real("Shop.Example", SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        Parse(hello, out var name, out var h2, out var spdy).ShouldBe(ClientHelloOutcome.Done);
        name.ShouldBe("Shop.Example");
        h2.ShouldBeTrue();
        spdy.ShouldBeFalse();
        Parse(Real(null), out name, out h2, out _).ShouldBe(ClientHelloOutcome.Done);
        name.ShouldBe("");
        h2.ShouldBeFalse();
    }

    [Fact]
    public void Part_of_it_needs_more()
    {
        var hello = Real("shop.example", SslApplicationProtocol.Http2);
        for (var length = 0; length < hello.Length; length++) Parse(hello.AsSpan(0, length), out _, out _, out _).ShouldBe(ClientHelloOutcome.NeedMore, $"{length} bytes");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void It_may_be_spread_over_records(int size)
    {
        var hello = Real("shop.example", SslApplicationProtocol.Http2);
        byte[] spread = [.. hello.Skip(5).Chunk(size).SelectMany(static part => (byte[])[22, 3, 1, (byte)(part.Length >> 8), (byte)part.Length, .. part])];
        if (spread.Length > ClientHello.MaxLength) return;
        Parse(spread, out var name, out var h2, out _).ShouldBe(ClientHelloOutcome.Done);
        name.ShouldBe("shop.example");
        h2.ShouldBeTrue();
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\x16\x02\x00\x00\x05xxxxx")]
    [InlineData("\x16\x03\x01\x00\x00")]
    [InlineData("\x16\x03\x01\xff\xff")]
    [InlineData("\x16\x03\x01\x00\x05\x02\x00\x00\x01x")]
    [InlineData("\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00")]
    [InlineData("\x15\x03\x01\x00\x02\x01\x00")]
    public void Other_bytes_are_no_tls(string text) => Parse(Encoding.Latin1.GetBytes(text), out _, out _, out _).ShouldBe(ClientHelloOutcome.NotTls);

    [Fact]
    public void Lengths_that_do_not_fit_are_refused_and_nothing_is_read_beyond()
    {
        var hello = Real("shop.example", SslApplicationProtocol.Http2);
        var random = new Random(11);
        for (var i = 0; i < 200_000; i++)
        {
            var bent = (byte[])hello.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--) bent[random.Next(bent.Length)] = (byte)random.Next(256);
            Parse(bent.AsSpan(0, random.Next(bent.Length + 1)), out _, out _, out _);
        }
    }

    private static ClientHelloOutcome Parse(ReadOnlySpan<byte> bytes, out string name, out bool offersH2, out bool offersSpdy)
    {
        var outcome = ClientHello.TryParse(bytes, new byte[ClientHello.MaxLength], out var hello);
        name = Encoding.Latin1.GetString(hello.ServerName);
        offersH2 = hello.Offers("h2"u8);
        offersSpdy = hello.Offers("spdy/3"u8);
        return outcome;
    }

    private static byte[] Real(string? name, params SslApplicationProtocol[] protocols)
    {
        using var wire = new Recorder();
        using var stream = new SslStream(wire);
        Should.Throw<IOException>(() => stream.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = name ?? "", ApplicationProtocols = [.. protocols] }));
        BinaryPrimitives.ReadUInt16BigEndian(wire.ToArray().AsSpan(3)).ShouldBe((ushort)(wire.Length - 5));
        return wire.ToArray();
    }

    // Nobody answers.
    private sealed class Recorder : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override int Read(Span<byte> buffer) => 0;
    }
}
