using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Weir.Reactor.Tls;

/// <summary>What a listener asks of the clients of some names. Immutable.</summary>
public sealed class TlsClientRule
{
    /// <summary>Server names that it is for, exact or <c>*.</c> for one label or more, in lower case; empty: all that no other rule is for.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>A client without a certificate is refused; else only one with a wrong certificate is.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>Certificate authorities in DER that a client's certificate must lead to.</summary>
    public required IReadOnlyList<byte[]> Authorities { get; init; }

    /// <summary>Lists of what these authorities took back, in DER. With any, there must be a current one for who issued the client's certificate.</summary>
    public IReadOnlyList<byte[]> RevocationLists { get; init; } = [];

    /// <summary>Authorities between the client's certificate and a trusted one.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Whoever is behind this server is told the certificate.</summary>
    public bool IsForwarded { get; init; }

    /// <summary>Two rules with the same id ask the same: what was shown under one counts under the other.</summary>
    public string Id => field ??= MakeId();

    private string MakeId()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[4];
        foreach (var list in (ReadOnlySpan<IReadOnlyList<byte[]>>)[Authorities, RevocationLists])
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, list.Count);
            hash.AppendData(number);
            foreach (var item in list) hash.AppendData(SHA256.HashData(item));
        }

        hash.AppendData(Encoding.ASCII.GetBytes($"{IsRequired} {Depth} {IsForwarded}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
