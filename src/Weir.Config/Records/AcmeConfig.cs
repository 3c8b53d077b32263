using System.Diagnostics.CodeAnalysis;

namespace Weir.Config.Records;

/// <summary>The certificate authority that certificates are ordered from, by ACME (RFC 8555). Ordering one means that its terms are agreed to.</summary>
public sealed record AcmeConfig
{
    /// <summary>The authority's directory. Default Let's Encrypt's. <c>http://</c> only on a loopback address.</summary>
    public string Directory { get; init; } = "https://acme-v02.api.letsencrypt.org/directory";

    /// <summary>Where the authority may write to. Default none.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Email { get; init; } = [];

    /// <summary>PEM: the certificate authorities that the directory's own certificate must lead to. Default: the system's.</summary>
    public FileContent? Ca { get; init; }

    /// <summary>External account binding, where the authority asks for it. Default none.</summary>
    public AcmeBindingConfig? Eab { get; init; }

    /// <summary>How a name is proven to be ours: <c>http-01</c>, <c>tls-alpn-01</c>, or <c>auto</c> (default): the one that last worked, at first http-01, and after a refusal the other one.</summary>
    public AcmeChallenge Challenge { get; init; } = AcmeChallenge.Auto;

    /// <summary>The kind of key of certificates: <c>p256</c> (default), <c>p384</c>, <c>rsa2048</c>. One that there is keeps its kind until it is renewed.</summary>
    public AcmeKeyType KeyType { get; init; } = AcmeKeyType.P256;

    /// <summary>How long before its end a certificate is renewed, where the authority does not say when (ARI); never more than a third of its lifetime. Default 30d.</summary>
    [Bounds(3_600_000, 31_536_000_000)]
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>External account binding: the authority's own account that ours belongs to.</summary>
public sealed record AcmeBindingConfig
{
    /// <summary>The key's identifier, as the authority gave it.</summary>
    [Required]
    public string Kid { get; init; } = "";

    /// <summary>The key, in base64url, as the authority gave it.</summary>
    [Required]
    [Secret]
    public Secret? HmacKey { get; init; }
}

/// <summary>How a name is proven to be ours.</summary>
[SuppressMessage("Naming", "CA1707:Remove the underscores from member name", Justification = "It is the dash of http-01.")]
public enum AcmeChallenge : byte
{
    /// <summary>What worked last, at first http-01, and after a refusal the other one.</summary>
    Auto,

    /// <summary>A file on port 80 (RFC 8555, section 8.3).</summary>
    Http_01,

    /// <summary>A certificate of its own on port 443 (RFC 8737).</summary>
    TlsAlpn_01,
}

/// <summary>Kinds of keys.</summary>
public enum AcmeKeyType : byte { P256, P384, Rsa2048 }
