using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Certificates.Acme;
using Weir.Config.Records;

namespace Weir.Certificates;

/// <summary>The authority, as configured and ready for use. Immutable.</summary>
internal sealed class IssuerSettings
{
    public IssuerSettings(AcmeConfig config)
    {
        Config = config;
        if (config.Ca is { } ca)
        {
            Authorities = [];
            Authorities.ImportFromPem(Encoding.UTF8.GetString(ca.Bytes.Span));
        }

        if (config.Eab is { HmacKey: { } key } binding) Binding = new AccountBinding(binding.Kid, Base64Url.DecodeFromChars(key.Value));
        var all = string.Join('\n', [config.Directory, .. config.Email, "", config.Challenge.ToString(), config.KeyType.ToString(), config.RenewBefore.Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture), config.Eab?.Kid ?? "", config.Eab?.HmacKey?.Value ?? ""]);
        Digest = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(all), .. (config.Ca?.Bytes ?? default).Span]));
    }

    public AcmeConfig Config { get; }

    /// <summary>Trusted for the directory's own certificate; null for the system's.</summary>
    public X509Certificate2Collection? Authorities { get; }

    public AccountBinding? Binding { get; }

    /// <summary>Two that say the same have the same.</summary>
    public string Digest { get; }

    /// <summary>What is tried first: what the file says, else what worked last, else what also passes through proxies that end TLS.</summary>
    public ChallengeKind FirstChallenge(ChallengeKind? provenBy) => Config.Challenge switch
    {
        AcmeChallenge.Http_01 => ChallengeKind.Http,
        AcmeChallenge.TlsAlpn_01 => ChallengeKind.TlsAlpn,
        _ => provenBy ?? ChallengeKind.Http,
    };

    /// <summary>The other kind may be tried where one is not offered or was refused.</summary>
    public bool MayChange => Config.Challenge == AcmeChallenge.Auto;
}
