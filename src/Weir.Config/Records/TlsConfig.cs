namespace Weir.Config.Records;

/// <summary>TLS of a listener.</summary>
[Shorthand(nameof(Issuer))]
public sealed record ListenerTlsConfig
{
    /// <summary>Certificates with their keys. Each serves the names that it is for; several for one name may differ in the kind of key. The first serves clients that ask for no name.</summary>
    public IReadOnlyList<CertificateConfig> Certificates { get; init; } = [];

    /// <summary>Who issues certificates for the hosts of this listener's routes that <c>certificates</c> has none for: <c>acme</c>, one for each host; <c>internal</c>, one for all of them and for localhost; <c>none</c>. Default none. <c>tls: acme</c> is short for it.</summary>
    public CertificateIssuer Issuer { get; init; }

    /// <summary>What is spoken, by Mozilla's recommendations (version 5.7): <c>intermediate</c> is TLS 1.2 and 1.3, <c>modern</c> is 1.3 alone. Default intermediate.</summary>
    public TlsProfile Profile { get; init; } = TlsProfile.Intermediate;

    /// <summary>Ciphers of TLS 1.2 in OpenSSL's names, in place of the profile's.</summary>
    public string? Ciphers { get; init; }

    /// <summary>Cipher suites of TLS 1.3 in place of the profile's.</summary>
    public string? Suites { get; init; }

    /// <summary>Groups for the key exchange, in place of the profile's: <c>X25519:P-256:P-384</c>.</summary>
    public string? Groups { get; init; }

    /// <summary>What a client gets that asks for a name that no certificate is for: <c>default</c>, the first certificate, or <c>refuse</c>, an alert. Default default.</summary>
    public UnknownNames UnknownNames { get; init; } = UnknownNames.Default;

    /// <summary>Certificates that clients are asked for. Default: none are.</summary>
    [OneOrMany]
    public IReadOnlyList<ClientAuthConfig> ClientAuth { get; init; } = [];

    /// <summary>What session tickets are sealed with.</summary>
    public TicketsConfig Tickets { get; init; } = new();

    /// <summary>What the authority says of a certificate (OCSP, RFC 6960) is asked for in time and shown to clients that want to know. For authorities that still have it. Default false.</summary>
    public bool OcspStapling { get; init; }

    /// <summary>A client that resumes a session of TLS 1.3 may send its request with its first flight (0-RTT). Somebody who recorded it can send it again, so only GET, HEAD and OPTIONS are taken, with <c>Early-Data: 1</c> (RFC 8470); others get 425, <c>too-early</c>. Default false.</summary>
    public bool EarlyData { get; init; }
}

/// <summary>What is asked of the clients of some server names: a certificate of their own.</summary>
public sealed record ClientAuthConfig
{
    /// <summary>Server names that this is for, exact or <c>*.</c> for one label or more. Default: all that no other entry is for, and clients that ask for no name.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary><c>required</c>: without a certificate there is no connection. <c>optional</c>: one may be shown, and must be good then. Default required.</summary>
    public ClientAuthMode Mode { get; init; } = ClientAuthMode.Required;

    /// <summary>PEM: the authorities that a client's certificate must lead to.</summary>
    [Required]
    public FileContent? Ca { get; init; }

    /// <summary>PEM: lists of certificates that these authorities took back (RFC 5280). With any, the issuer of a client's certificate must have a current one. Default none.</summary>
    [OneOrMany]
    public IReadOnlyList<FileContent> Crl { get; init; } = [];

    /// <summary>Authorities that may stand between a client's certificate and one of <c>ca</c>. Default 3.</summary>
    [Bounds(0, 10)]
    public int Depth { get; init; } = 3;

    /// <summary>Origins are told the certificate in <c>Client-Cert</c> (RFC 9440). Default false. What a client writes into that field never reaches them.</summary>
    public bool Forward { get; init; }
}

/// <summary>What session tickets are sealed with (RFC 5077). Instances with the same keys resume each other's sessions.</summary>
public sealed record TicketsConfig
{
    /// <summary>Files with 80 bytes each: the first seals, all open. <c>openssl rand 80 &gt; ticket.key</c>. Default: keys that only this process has, changed twice a day.</summary>
    [OneOrMany]
    public IReadOnlyList<FileContent> Keys { get; init; } = [];

    /// <summary>Keys are kept in the state folder, changed twice a day, and used by all instances that share it. Default false.</summary>
    public bool Shared { get; init; }
}

/// <summary>A certificate: two PEM files, one PKCS#12 file, or names for which Weir gets one itself.</summary>
public sealed record CertificateConfig
{
    /// <summary>PEM: the certificate, then the rest of its chain.</summary>
    public FileContent? Cert { get; init; }

    /// <summary>PEM: the private key, encrypted or not. Default: it is in <c>cert</c>.</summary>
    public FileContent? Key { get; init; }

    /// <summary>PKCS#12 (.p12, .pfx) with certificate, chain and key.</summary>
    public FileContent? Pkcs12 { get; init; }

    /// <summary>Opens an encrypted key or a PKCS#12 file.</summary>
    [Secret]
    public Secret? Password { get; init; }

    /// <summary>Host names of one certificate that is got by ACME and renewed in time; see <c>acme</c>.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Acme { get; init; } = [];

    /// <summary>Host names and addresses of one certificate of Weir's own authority, for development and closed networks; see docs/tls.md.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Internal { get; init; } = [];
}

/// <summary>TLS to a cluster's endpoints. What fails in it answers 502, with the check that failed as the reason.</summary>
public sealed record ClusterTlsConfig
{
    /// <summary>The endpoint's certificate must be from a trusted authority, valid now, and for the endpoint's name. Default true. Without, anyone on the way can read and change what is sent.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>PEM: the certificate authorities that are trusted. Default: the system's.</summary>
    public FileContent? Ca { get; init; }

    /// <summary>The name that is asked for (SNI) and must be in the certificate. Default: the endpoint's host. An IP address is not asked for, but must be in the certificate.</summary>
    public string? Name { get; init; }

    /// <summary>Public keys of which the certificate must have one: SHA-256 of the SubjectPublicKeyInfo in base64. Default: any.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Pins { get; init; } = [];

    /// <summary>Shown to endpoints that ask for a client certificate.</summary>
    public CertificateConfig? Certificate { get; init; }
}

/// <summary>Mozilla's recommendations.</summary>
public enum TlsProfile : byte
{
    /// <summary>TLS 1.2 with forward secrecy and AEAD ciphers, and 1.3: every client of the last ten years.</summary>
    Intermediate,

    /// <summary>TLS 1.3.</summary>
    Modern,
}

/// <summary>For names that no certificate is for.</summary>
public enum UnknownNames : byte { Default, Refuse }

/// <summary>Where certificates come from that no file has.</summary>
public enum CertificateIssuer : byte { None, Acme, Internal }

/// <summary>Whether a client must have a certificate.</summary>
public enum ClientAuthMode : byte { Required, Optional }
