namespace Weir.AccessLog;

/// <summary>Cuts targets and hosts as they came into the pieces that have names. Cuts only; nothing is decoded or checked here.</summary>
internal static class LogTargets
{
    public static ReadOnlySpan<byte> Path(ReadOnlySpan<byte> target)
    {
        target = WithoutAuthority(target);
        var query = target.IndexOf((byte)'?');
        return query < 0 ? target : target[..query];
    }

    public static ReadOnlySpan<byte> Query(ReadOnlySpan<byte> target)
    {
        var query = target.IndexOf((byte)'?');
        return query < 0 ? default : target[(query + 1)..];
    }

    public static ReadOnlySpan<byte> Host(ReadOnlySpan<byte> authority) => authority[..^(PortLength(authority) is var port and > 0 ? port + 1 : 0)];

    /// <summary>The digits after the host; empty when there are none.</summary>
    public static ReadOnlySpan<byte> Port(ReadOnlySpan<byte> authority) => authority[^PortLength(authority)..];

    private static int PortLength(ReadOnlySpan<byte> authority)
    {
        var colon = authority.LastIndexOf((byte)':');
        var digits = colon < 0 ? default : authority[(colon + 1)..];
        return digits.IsEmpty || digits.Length > 5 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? 0 : digits.Length;
    }

    // The absolute form, http://host/path: RFC 9112 §3.2.2.
    private static ReadOnlySpan<byte> WithoutAuthority(ReadOnlySpan<byte> target)
    {
        if (target.StartsWith("/"u8)) return target;
        var scheme = target.IndexOf("://"u8);
        if (scheme < 0) return target;
        var rest = target[(scheme + 3)..];
        var slash = rest.IndexOf((byte)'/');
        return slash < 0 ? default : rest[slash..];
    }
}
