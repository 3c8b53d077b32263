using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace Weir.Policies.Rewrite;

/// <summary>What a rewritten host may be: a name, an IPv4 address or a bracketed IPv6 address, and a port. To be swapped for Weir.Http/Targets.</summary>
internal static class HostText
{
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"u8);

    /// <summary>Bytes of a name, RFC 1035 §2.3.4.</summary>
    private const int Longest = 253;

    /// <summary>True for a host; <paramref name="length"/> is where its port's colon stands, or its end.</summary>
    public static bool IsValid(ReadOnlySpan<byte> authority, out int length)
    {
        length = authority.IndexOf((byte)']') + 1;
        if (length > 0)
        {
            if (length > 48 || authority[0] != '[' || !IsAddress(authority[1..(length - 1)])) return false;
        }
        else
        {
            length = authority.IndexOf((byte)':') is var colon and >= 0 ? colon : authority.Length;
            if (length is 0 or > Longest || authority[..length].ContainsAnyExcept(NameBytes) || authority[0] == '.') return false;
        }

        var port = authority[length..];
        return port.IsEmpty || (port[0] == ':' && ushort.TryParse(port[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0);
    }

    private static bool IsAddress(ReadOnlySpan<byte> text)
    {
        Span<char> characters = stackalloc char[48];
        return text.Contains((byte)':') && !text.Contains((byte)'%')
            && Ascii.ToUtf16(text, characters, out var length) == OperationStatus.Done && IPAddress.TryParse(characters[..length], out _);
    }
}
