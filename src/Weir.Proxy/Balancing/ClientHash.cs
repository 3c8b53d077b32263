using System.Buffers.Binary;
using System.Text;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Balancing;

/// <summary>
/// Rendezvous hashing by the client's address: every endpoint draws a lot for the client, and the best one has it. So a client keeps its
/// endpoint whatever becomes of others, and one that goes gives up its own clients alone, to all that are left. The lots are the same in
/// every process. Costs O(n).
/// </summary>
internal static class ClientHash
{
    /// <summary>What an endpoint draws with.</summary>
    public static ulong OfEndpoint(string url)
    {
        // FNV-1a; mixed, since lots must not be alike where addresses are.
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(url)) hash = (hash ^ b) * 0x100000001b3UL;
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

    /// <summary>An endpoint's lot for a client; the largest wins. Over many clients each endpoint wins by its share of the weights.</summary>
    public static double Lot(ulong client, Endpoint endpoint)
    {
        // Uniform in (0, 1); -ln of it is exponential, and of exponential times the one with the largest rate is first by its share of the rates.
        var uniform = ((Mix(client ^ endpoint.Hash) >> 11) + 0.5) * (1.0 / (1UL << 53));
        return endpoint.Weight / -Math.Log(uniform);
    }

    // The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebUL;
        return value ^ (value >> 31);
    }
}
