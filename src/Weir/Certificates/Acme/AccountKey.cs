using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Weir.Certificates.Acme;

/// <summary>The key of an account, ES256, and what is signed with it. Thread-safe: signing has its own lock.</summary>
internal sealed class AccountKey : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;
    private readonly AccountJwk _jwk;

    private AccountKey(ECDsa key)
    {
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        _jwk = new AccountJwk("P-256", "EC", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(JwkBytes()));
    }

    /// <summary>RFC 7638.</summary>
    public string Thumbprint { get; }

    public static AccountKey Make() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> when it is no key on P-256.</summary>
    public static AccountKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize != 256) throw new CryptographicException("it is not a key on P-256");
            return new AccountKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>What a challenge is answered with (RFC 8555, section 8.1).</summary>
    public string Authorize(string token) => token + "." + Thumbprint;

    /// <summary>A signed request (RFC 8555, section 6.2): by <paramref name="account"/>, or with the key itself where there is no account yet. An empty payload asks for what is there.</summary>
    public byte[] Sign(string url, string nonce, string? account, ReadOnlySpan<byte> payload)
    {
        var header = new JwsHeader("ES256", nonce, url, account is null ? _jwk : null, account);
        var head = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.JwsHeader));
        var body = Base64Url.EncodeToString(payload);
        byte[] signature;
        lock (_gate) signature = _key.SignData(Encoding.ASCII.GetBytes(head + "." + body), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return JsonSerializer.SerializeToUtf8Bytes(new JwsMessage(head, body, Base64Url.EncodeToString(signature)), AcmeJson.Default.JwsMessage);
    }

    /// <summary>External account binding: this key, signed with the one that the authority gave (RFC 8555, section 7.3.4).</summary>
    public JwsMessage Bind(string url, string kid, ReadOnlySpan<byte> hmacKey)
    {
        var head = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new JwsHeader("HS256", null, url, null, kid), AcmeJson.Default.JwsHeader));
        var body = Base64Url.EncodeToString(JwkBytes());
        return new JwsMessage(head, body, Base64Url.EncodeToString(HMACSHA256.HashData(hmacKey, Encoding.ASCII.GetBytes(head + "." + body))));
    }

    public void Dispose() => _key.Dispose();

    private byte[] JwkBytes() => JsonSerializer.SerializeToUtf8Bytes(_jwk, AcmeJson.Default.AccountJwk);
}
