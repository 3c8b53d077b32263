using System.Net;

namespace Weir.Proxy.Snapshots;

/// <summary>What may stand in a certificate as the name of a host.</summary>
internal static class CertificateNames
{
    // RFC 1035 §2.3.4.
    private const int MaxLength = 253;
    private const int MaxLabel = 63;

    /// <summary>In lower case, with letters, digits and hyphens; not an address.</summary>
    public static bool IsHost(string name, bool takesWildcard)
    {
        if (takesWildcard && name.StartsWith("*.", StringComparison.Ordinal)) name = name[2..];
        if (name.Length is 0 or > MaxLength || IsAddress(name)) return false;
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-') return false;
            foreach (var c in label)
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')) return false;
        }

        return true;
    }

    public static bool IsAddress(string name) => IPAddress.TryParse(name, out _);
}
