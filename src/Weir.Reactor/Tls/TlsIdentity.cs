namespace Weir.Reactor.Tls;

/// <summary>A certificate with its chain and its key, and the names it is for. Immutable.</summary>
/// <param name="Names">Host names in lower case, exact or with a first label <c>*</c>.</param>
/// <param name="Chain">DER, the certificate itself first.</param>
/// <param name="Key">The private key, PKCS#8 in DER.</param>
public sealed record TlsIdentity(IReadOnlyList<string> Names, IReadOnlyList<byte[]> Chain, byte[] Key)
{
    /// <summary>What its authority says of it, as clients are told that ask.</summary>
    public OcspStaple Staple { get; } = new();
}

/// <summary>Versions and algorithms.</summary>
public sealed record TlsSpoken
{
    /// <summary>TLS 1.2 is spoken too; else only 1.3.</summary>
    public bool Allows12 { get; init; } = true;

    /// <summary>Ciphers of TLS 1.2 in OpenSSL's names, in the order of preference; null for OpenSSL's own.</summary>
    public string? Ciphers { get; init; }

    /// <summary>Suites of TLS 1.3; null for OpenSSL's own.</summary>
    public string? Suites { get; init; }

    /// <summary>Groups for the key exchange; null for OpenSSL's own.</summary>
    public string? Groups { get; init; }
}

/// <summary>What a listener speaks.</summary>
public sealed record TlsServerOptions
{
    public TlsSpoken Spoken { get; init; } = new();

    /// <summary>The server's order counts, not the client's.</summary>
    public bool PrefersOwnOrder { get; init; }

    /// <summary>Protocols for ALPN, the first that the client has too is taken.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["http/1.1"];

    /// <summary>A client that offers protocols, but none of these, is refused (RFC 7301 §3.2); else nothing is agreed on.</summary>
    public bool RefusesOtherProtocols { get; init; } = true;

    /// <summary>A client that asks for a name that no certificate is for is refused; else it gets the first certificate.</summary>
    public bool RefusesUnknownNames { get; init; }

    /// <summary>What clients say before the handshake is made is heard.</summary>
    public bool TakesEarlyData { get; init; }

    /// <summary>What is asked of clients; none: nothing is.</summary>
    public IReadOnlyList<TlsClientRule> ClientRules { get; init; } = [];

    /// <summary>Where challenges are answered from; null: they are not.</summary>
    public TlsChallenges? Challenges { get; init; }

    /// <summary>What session tickets are sealed with; null: a key that this listener keeps to itself.</summary>
    public TicketKeys? Tickets { get; init; }
}

/// <summary>What is offered to a server, and what is asked of its certificate.</summary>
public sealed record TlsClientOptions
{
    public TlsSpoken Spoken { get; init; } = new();

    /// <summary>Its chain, time and name are verified. Without, only the pins are.</summary>
    public bool Verifies { get; init; } = true;

    /// <summary>Certificate authorities in DER; null for the system's.</summary>
    public IReadOnlyList<byte[]>? Authorities { get; init; }

    /// <summary>SHA-256 of public keys (SubjectPublicKeyInfo), of which the certificate must have one; empty: any.</summary>
    public IReadOnlyList<byte[]> Pins { get; init; } = [];

    /// <summary>What is shown to a server that asks for it.</summary>
    public TlsIdentity? Identity { get; init; }

    /// <summary>Protocols for ALPN.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["http/1.1"];
}
