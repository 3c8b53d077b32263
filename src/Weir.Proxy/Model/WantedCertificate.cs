using Weir.Config.Records;

namespace Weir.Proxy.Model;

/// <summary>A certificate that Weir gets for itself: from whom, and for which names. The first is the one that it is known by.</summary>
internal sealed class WantedCertificate(CertificateIssuer issuer, IReadOnlyList<string> names) : IEquatable<WantedCertificate>
{
    public CertificateIssuer Issuer => issuer;

    /// <summary>In lower case, in the order of the configuration.</summary>
    public IReadOnlyList<string> Names => names;

    public bool Equals(WantedCertificate? other) => other is not null && other.Issuer == Issuer && other.Names.SequenceEqual(Names, StringComparer.Ordinal);

    public override bool Equals(object? other) => Equals(other as WantedCertificate);

    public override int GetHashCode() => HashCode.Combine(Issuer, Names[0], Names.Count);

    public override string ToString() => $"{Issuer.ToString().ToLowerInvariant()}:{string.Join(',', Names)}";
}
