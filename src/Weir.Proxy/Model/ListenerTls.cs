using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>What people are told of a certificate.</summary>
internal sealed record ServedCertificate(string Source, IReadOnlyList<string> Names, DateTimeOffset NotAfter);

/// <summary>One entry of a listener's certificates: one that a file has, or one that is got.</summary>
internal sealed record CertificateEntry(TlsIdentity? Identity, ServedCertificate? Served, CertificateOrder? Order);

/// <summary>
/// A listener's TLS as compiled; the same object serves as long as the configuration says the same. Immutable but for the certificates
/// that are got for it.
/// </summary>
internal sealed class ListenerTls
{
    private readonly IReadOnlyList<CertificateEntry> _entries;
    private readonly IReadOnlySet<string> _forwardedRules;

    private ListenerTls(string digest, IReadOnlyList<CertificateEntry> entries, IReadOnlySet<string> forwardedRules, TlsServer server)
        => (Digest, _entries, _forwardedRules, Server) = (digest, entries, forwardedRules, server);

    public string Digest { get; }

    public TlsServer Server { get; }

    public IEnumerable<CertificateOrder> Orders => _entries.Select(static e => e.Order).OfType<CertificateOrder>();

    /// <summary>As people are told.</summary>
    public IReadOnlyList<ServedCertificate> Certificates { get; private set; } = [];

    /// <exception cref="TlsException">A setting or a certificate is refused.</exception>
    public static ListenerTls Make(string listener, string digest, TlsServerOptions options, IReadOnlyList<CertificateEntry> entries, IReadOnlySet<string> forwardedRules, IssuedCertificates issued)
    {
        var (identities, awaited, served) = Compose(entries, issued);
        return new ListenerTls(digest, entries, forwardedRules, new TlsServer(listener, options, identities, awaited)) { Certificates = served };
    }

    /// <summary>Clients of this rule are shown to origins.</summary>
    public bool IsForwarded(string rule) => _forwardedRules.Contains(rule);

    /// <summary>Takes up what was got since. <see cref="TlsException"/>: it is refused, and what is in force stays.</summary>
    public void Refresh(IssuedCertificates issued)
    {
        var (identities, awaited, served) = Compose(_entries, issued);
        Server.Use(identities, awaited);
        Certificates = served;
    }

    private static (List<TlsIdentity> Identities, HashSet<string> Awaited, List<ServedCertificate> Served) Compose(IReadOnlyList<CertificateEntry> entries, IssuedCertificates issued)
    {
        var identities = new List<TlsIdentity>();
        var awaited = new HashSet<string>(StringComparer.Ordinal);
        var served = new List<ServedCertificate>();
        foreach (var entry in entries)
        {
            if (entry.Order is not { } order)
            {
                identities.Add(entry.Identity!);
                served.Add(entry.Served!);
            }
            else if (issued.Find(order) is { } got)
            {
                identities.Add(got.Identity);
                served.Add(new ServedCertificate(order.ToString(), got.Identity.Names, got.NotAfter));
            }
            else
            {
                awaited.UnionWith(order.Names);
            }
        }

        awaited.ExceptWith(identities.SelectMany(static i => i.Names));
        return (identities, awaited, served);
    }
}
