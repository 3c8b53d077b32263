namespace Weir.Config.Records;

/// <summary>A name that a certificate can be ordered for: a host name in ASCII without a wildcard, or an IP address.</summary>
public static class CertificateName
{
    /// <summary>The most that one certificate may have (Let's Encrypt's bound).</summary>
    public const int Most = 100;

    /// <summary>False with the reason when it is none. The canonical form is in lower case, an address as the runtime writes it.</summary>
    public static bool TryParse(string text, out string canonical, out string reason)
    {
        canonical = text.ToLowerInvariant();
        reason = Reason(text);
        if (reason.Length > 0) return false;
        if (NetworkText.TryAddress(canonical, out var address)) canonical = address!.ToString();
        return true;
    }

    private static string Reason(string text)
    {
        if (text.Length is 0 or > 253) return "a name has 1 to 253 characters";
        if (text.Contains('*')) return "a wildcard is proven by DNS alone, which is not supported; name the hosts";
        if (NetworkText.TryAddress(text, out _)) return text.Contains('%') ? "an address takes no zone" : "";
        var labels = text.Split('.');
        if (!labels.All(IsLabel)) return text.All(char.IsAscii) ? "it is not a host name" : "write it in punycode (xn--…)";
        return labels[^1].All(char.IsAsciiDigit) ? "it is neither a host name nor an IP address" : "";
    }

    private static bool IsLabel(string label)
        => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
