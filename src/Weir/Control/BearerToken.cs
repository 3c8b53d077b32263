using System.Security.Cryptography;
using System.Text;

namespace Weir.Control;

/// <summary>Compares a bearer token, RFC 6750 §2.1, in a time that tells nothing of either one, its length too.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    public static bool IsRight(string? authorization, string expected)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes], right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()), given);
        SHA256.HashData(Encoding.UTF8.GetBytes(expected), right);
        return expected.Length > 0 && CryptographicOperations.FixedTimeEquals(given, right);
    }
}
