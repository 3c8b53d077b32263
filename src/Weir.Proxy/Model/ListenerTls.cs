using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>What people are told of a certificate.</summary>
internal sealed record ServedCertificate(string Source, IReadOnlyList<string> Names, DateTimeOffset NotAfter);

/// <summary>One entry of a listener's certificates: one that a file has, or one that is got.</summary>
internal sealed record CertificateEntry(TlsIdentity? Identity, ServedCertificate? Served, WantedCertificate? Wanted);

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

    public IEnumerable<WantedCertificate> Wanted => _entries.Select(static e => e.Wanted).OfType<WantedCertificate>();

    /// <summary>Clients that ask are told what the authorities say of the certificates.</summary>
    public required bool Staples { get; init; }

    /// <summary>What is served now.</summary>
    public IReadOnlyList<TlsIdentity> Identities { get; private set; } = [];

    /// <summary>As people are told.</summary>
    public IReadOnlyList<ServedCertificate> Certificates { get; private set; } = [];

    /// <exception cref="TlsException">A setting or a certificate is refused.</exception>
    public static ListenerTls Make(string listener, string digest, TlsServerOptions options, IReadOnlyList<CertificateEntry> entries, IReadOnlySet<string> forwardedRules, bool staples, ReadyCertificates ready)
    {
        var (identities, awaited, served) = Compose(entries, ready);
        return new ListenerTls(digest, entries, forwardedRules, new TlsServer(listener, options, identities, awaited)) { Identities = identities, Certificates = served, Staples = staples };
    }

    /// <summary>Clients of this rule are shown to origins.</summary>
    public bool IsForwarded(string rule) => _forwardedRules.Contains(rule);

    /// <summary>Takes up what was got since. <see cref="TlsException"/>: it is refused, and what is in force stays.</summary>
    public void Refresh(ReadyCertificates ready)
    {
        var (identities, awaited, served) = Compose(_entries, ready);
        Server.Use(identities, awaited);
        Identities = identities;
        Certificates = served;
    }

    private static (List<TlsIdentity> Identities, HashSet<string> Awaited, List<ServedCertificate> Served) Compose(IReadOnlyList<CertificateEntry> entries, ReadyCertificates ready)
    {
        var identities = new List<TlsIdentity>();
        var awaited = new HashSet<string>(StringComparer.Ordinal);
        var served = new List<ServedCertificate>();
        foreach (var entry in entries)
        {
            if (entry.Wanted is not { } wanted)
            {
                identities.Add(entry.Identity!);
                served.Add(entry.Served!);
            }
            else if (ready.Find(wanted) is { } got)
            {
                identities.Add(got.Identity);
                served.Add(new ServedCertificate(wanted.ToString(), got.Identity.Names, got.NotAfter));
            }
            else
            {
                awaited.UnionWith(wanted.Names);
            }
        }

        awaited.ExceptWith(identities.SelectMany(static i => i.Names));
        return (identities, awaited, served);
    }
}
