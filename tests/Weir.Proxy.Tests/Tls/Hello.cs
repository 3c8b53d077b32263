using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace Weir.Proxy.Tests.Tls;

/// <summary>First messages of TLS as bytes: real ones, and ones that no library makes.</summary>
internal static class Hello
{
    public const byte Alert = 21, Handshake = 22, ApplicationData = 23;

    /// <summary>The record with a real hello, as the platform's client sends it.</summary>
    public static byte[] Real(SslProtocols protocol = SslProtocols.Tls13, string name = "a.test")
    {
        var wire = new Recorder();
        using var stream = new SslStream(wire);
        Should.Throw<IOException>(() => stream.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = name, EnabledSslProtocols = protocol }));
        return wire.Written.ToArray();
    }

    /// <summary>A hello of an old version, well made for its time: 0x0300 to 0x0302.</summary>
    public static byte[] Old(ushort version)
    {
        byte[] extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0];
        byte[] body =
        [
            (byte)(version >> 8), (byte)version, .. new byte[32], 0,
            0, 6, 0xC0, 0x13, 0xC0, 0x09, 0x00, 0x2F,
            1, 0,
            0, (byte)extensions.Length, .. extensions,
        ];
        return Record(Handshake, [1, 0, 0, (byte)body.Length, .. body]);
    }

    public static byte[] Record(byte type, ReadOnlySpan<byte> content, ushort version = 0x0301)
    {
        var record = new byte[5 + content.Length];
        record[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(1), version);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)content.Length);
        content.CopyTo(record.AsSpan(5));
        return record;
    }

    /// <summary>An alert in the clear: level 1 warns, 2 is fatal.</summary>
    public static byte[] AlertOf(byte level, byte description) => Record(Alert, [level, description], 0x0303);

    /// <summary>The alert at the start of what came, in the clear, or null.</summary>
    public static byte? AlertIn(string received)
    {
        var bytes = Encoding.Latin1.GetBytes(received);
        return bytes.Length >= 7 && bytes[0] == Alert && bytes[4] == 2 ? bytes[6] : null;
    }

    /// <summary>A record as several, each with so many bytes of its content.</summary>
    public static byte[] Split(ReadOnlySpan<byte> record, int size)
    {
        var split = new List<byte>();
        for (var at = 5; at < record.Length; at += size)
            split.AddRange(Record(record[0], record[at..Math.Min(record.Length, at + size)], BinaryPrimitives.ReadUInt16BigEndian(record[1..])));
        return [.. split];
    }

    private sealed class Recorder : Stream
    {
        public MemoryStream Written { get; } = new();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Written.Write(buffer, offset, count);

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("there is no server");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
