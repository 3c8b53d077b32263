using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Weir.Proxy.Balancing;

/// <summary>
/// The value of the cookie that names an endpoint: its hash and a signature, each in base64url (RFC 4648 §5), with a point between. Made
/// off the loops, once for each endpoint and key; a request is compared with it, so that no signature is computed on the way.
/// </summary>
internal static class StickyText
{
    private const int SignatureBytes = 16;
    private const int HashLength = 11;

    public static byte[] Of(ulong endpoint, string cluster, byte[] key)
    {
        Span<byte> hash = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(hash, endpoint);
        byte[] signed = [.. "weir-endpoint\0"u8, .. Encoding.UTF8.GetBytes(cluster), 0, .. hash];
        var signature = HMACSHA256.HashData(key, signed);
        return Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(hash)}.{Base64Url.EncodeToString(signature.AsSpan(0, SignatureBytes))}");
    }

    /// <summary>The endpoint that a text claims to name. Whether it may is for its signature to say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out ulong endpoint)
    {
        endpoint = 0;
        if (text.Length <= HashLength || text[HashLength] != '.') return false;
        Span<byte> hash = stackalloc byte[8];
        if (Base64Url.DecodeFromUtf8(text[..HashLength], hash, out _, out var written) != System.Buffers.OperationStatus.Done || written != hash.Length) return false;
        endpoint = BinaryPrimitives.ReadUInt64BigEndian(hash);
        return true;
    }
}
