using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>The other end of an accepted connection, without allocation. A unix socket's peer is loopback, port 0.</summary>
public readonly record struct PeerAddress
{
    private readonly Bytes16 _address;

    public PeerAddress(ReadOnlySpan<byte> address, ushort port)
    {
        IsIPv6 = address.Length == 16;
        address.CopyTo(_address);
        Port = port;
    }

    public ushort Port { get; }

    public bool IsIPv6 { get; }

    public static PeerAddress Loopback => new([127, 0, 0, 1], 0);

    /// <summary>An IPv4 address inside an IPv6 one becomes the IPv4 address.</summary>
    public static PeerAddress From(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return new PeerAddress(bytes[..length], (ushort)port);
    }

    /// <summary>The 4 or 16 bytes of the address into a span of 16; how many.</summary>
    public int CopyTo(Span<byte> destination)
    {
        ReadOnlySpan<byte> all = _address;
        var length = IsIPv6 ? 16 : 4;
        all[..length].CopyTo(destination);
        return length;
    }

    /// <summary>Allocates.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..CopyTo(bytes)]);
    }

    public override string ToString() => new IPEndPoint(ToIPAddress(), Port).ToString();

    // An IPv4 address that came through an IPv6 socket (::ffff:a.b.c.d) is an IPv4 address for all that follows.
    internal static PeerAddress FromKernel(ReadOnlySpan<byte> raw)
    {
        if (raw.Length >= 8 && raw[0] == Constants.FamilyInet)
            return new PeerAddress(raw.Slice(4, 4), BinaryPrimitives.ReadUInt16BigEndian(raw[2..]));
        if (raw.Length < 24 || raw[0] != Constants.FamilyInet6) return Loopback;
        return FromKernel(raw.Slice(8, 16), BinaryPrimitives.ReadUInt16BigEndian(raw[2..]));
    }

    internal static PeerAddress FromKernel(ReadOnlySpan<byte> address, ushort port)
    {
        ReadOnlySpan<byte> mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
        return address.StartsWith(mapped) ? new PeerAddress(address[12..], port) : new PeerAddress(address, port);
    }

    [InlineArray(16)]
    private struct Bytes16 : IEquatable<Bytes16>
    {
        private byte _first;

        public readonly bool Equals(Bytes16 other)
        {
            ReadOnlySpan<byte> a = this;
            ReadOnlySpan<byte> b = other;
            return a.SequenceEqual(b);
        }

        public override readonly bool Equals(object? obj) => obj is Bytes16 other && Equals(other);

        public override readonly int GetHashCode()
        {
            ReadOnlySpan<byte> a = this;
            return HashCode.Combine(BinaryPrimitives.ReadInt64LittleEndian(a), BinaryPrimitives.ReadInt64LittleEndian(a[8..]));
        }
    }
}
