namespace Weir.Config.Records;

/// <summary>TLS of a listener.</summary>
public sealed record ListenerTlsConfig
{
    /// <summary>Certificates with their keys. Each serves the names that it is for; several for one name may differ in the kind of key. The first serves clients that ask for no name.</summary>
    [Required]
    public IReadOnlyList<CertificateConfig> Certificates { get; init; } = [];

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
}

/// <summary>A certificate and its key: two PEM files, or one PKCS#12 file.</summary>
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
