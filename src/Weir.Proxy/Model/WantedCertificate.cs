using System.Net;
using Weir.Config.Records;

namespace Weir.Proxy.Model;

/// <summary>A certificate that Weir gets for itself: from whom, and for which names. The first is the one that it is known by; two with the same names are the same.</summary>
internal sealed class WantedCertificate(CertificateIssuer issuer, IReadOnlyList<string> names) : IEquatable<WantedCertificate>
{
    public CertificateIssuer Issuer => issuer;

    /// <summary>In lower case, in the order of the configuration.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Of these the hosts, which clients ask for; an address nobody asks for (RFC 6066 §3).</summary>
    public IReadOnlyList<string> Hosts { get; } = [.. names.Where(static n => !IPAddress.TryParse(n, out _))];

    public bool Equals(WantedCertificate? other)
        => other is not null && other.Issuer == Issuer && other.Names.Count == Names.Count && other.Names.Order(StringComparer.Ordinal).SequenceEqual(Names.Order(StringComparer.Ordinal), StringComparer.Ordinal);

    public override bool Equals(object? other) => Equals(other as WantedCertificate);

    public override int GetHashCode() => HashCode.Combine(Issuer, Names.Min(StringComparer.Ordinal), Names.Count);

    public override string ToString() => $"{Issuer.ToString().ToLowerInvariant()}:{string.Join(',', Names)}";
}
