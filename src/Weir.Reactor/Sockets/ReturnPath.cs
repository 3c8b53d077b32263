using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>
/// How a sender of datagrams is answered: its address in the kernel's form, and, of a socket that is bound to all addresses, the one of
/// ours that it wrote to, since it takes an answer from no other (IP_PKTINFO, RFC 3542 section 6.1).
/// </summary>
public readonly struct ReturnPath
{
    // struct cmsghdr: its length in 8 bytes, level, type.
    private const int ControlHead = 16;

    private const int Ipv4Info = ControlHead + 12;
    private const int Ipv6Info = ControlHead + 20;

    private readonly NameBytes _name;
    private readonly ControlBytes _control;
    private readonly byte _nameLength;
    private readonly byte _controlLength;

    internal ReturnPath(ReadOnlySpan<byte> name, ReadOnlySpan<byte> control)
    {
        _nameLength = (byte)Math.Min(name.Length, 28);
        name[.._nameLength].CopyTo(_name);
        var own = OwnAddress(control);
        if (own.IsEmpty) return;
        _controlLength = own.Length == 4 ? (byte)Ipv4Info : (byte)Ipv6Info;
        control[..ControlHead].CopyTo(_control);
        // The interface is left to the routes: of an address that is valid on one only, the sender's says which.
        own.CopyTo(((Span<byte>)_control)[(own.Length == 4 ? ControlHead + 4 : ControlHead)..]);
    }

    /// <summary>The address that a received datagram was for, as the kernel told; empty when it did not.</summary>
    internal static ReadOnlySpan<byte> OwnAddress(ReadOnlySpan<byte> control)
    {
        if (control.Length < Ipv4Info) return default;
        var level = BinaryPrimitives.ReadInt32LittleEndian(control[8..]);
        var type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
        // struct in_pktinfo: interface, the address to answer from, the one that was written to. struct in6_pktinfo: address, interface.
        if (level == Constants.LevelIpv4 && type == Constants.Ipv4PacketInfo) return control.Slice(ControlHead + 4, 4);
        return level == Constants.LevelIpv6 && type == Constants.Ipv6PacketInfo && control.Length >= Ipv6Info ? control.Slice(ControlHead, 16) : default;
    }

    internal int CopyName(Span<byte> destination)
    {
        ((ReadOnlySpan<byte>)_name)[.._nameLength].CopyTo(destination);
        return _nameLength;
    }

    internal int CopyControl(Span<byte> destination)
    {
        ((ReadOnlySpan<byte>)_control)[.._controlLength].CopyTo(destination);
        return _controlLength;
    }

    [InlineArray(28)]
    private struct NameBytes
    {
        private byte _first;
    }

    [InlineArray(Ipv6Info)]
    private struct ControlBytes
    {
        private byte _first;
    }
}
