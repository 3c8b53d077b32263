using System.Buffers.Binary;
using System.Text;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Balancing;

/// <summary>Hashes of keys and endpoints: the same in every process, so that a fleet agrees.</summary>
internal static class KeyHash
{
    // The golden ratio in 64 bits: steps of it spread evenly.
    private const ulong Step = 0x9e3779b97f4a7c15UL;

    /// <summary>What an endpoint is, wherever in the cluster it stands.</summary>
    public static ulong OfEndpoint(string url) => OfText(Encoding.UTF8.GetBytes(url));

    public static ulong OfText(ReadOnlySpan<byte> text)
    {
        // FNV-1a; mixed, since keys that are alike must not land beside each other.
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in text) hash = (hash ^ b) * 0x100000001b3UL;
        return Mix(hash);
    }

    /// <summary>An address without its port, since a client has many.</summary>
    public static ulong OfClient(PeerAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        client.CopyTo(bytes);
        return Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) + 1));
    }

    /// <summary>One of many hashes that follow from one.</summary>
    public static ulong Nth(ulong hash, int number) => Mix(hash + ((ulong)(uint)number * Step));

    // The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebUL;
        return value ^ (value >> 31);
    }
}
