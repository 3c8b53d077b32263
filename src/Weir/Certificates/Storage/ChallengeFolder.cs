using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Certificates.Storage;

/// <summary>
/// Answers to challenges below the state folder, so that each of several instances that share it can give them, whichever of them the
/// authority happens to ask. Names come from outside when they are looked up: what is no token or host name has no file.
/// </summary>
internal sealed class ChallengeFolder : IChallengeAnswers
{
    private const int LongestToken = 128;
    private const int LongestName = 253;
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);

    private readonly string _http;
    private readonly string _tls;
    private readonly TimeProvider _time;

    public ChallengeFolder(string state, TimeProvider time)
    {
        (_http, _tls, _time) = (Path.Combine(state, "challenges", "http-01"), Path.Combine(state, "challenges", "tls-alpn-01"), time);
    }

    public Task PutHttpAsync(string token, string keyAuthorization, CancellationToken cancel) => Put(_http, IsToken(token), token, keyAuthorization);

    public Task RemoveHttpAsync(string token) => Remove(_http, IsToken(token), token);

    public Task PutTlsAsync(string serverName, byte[] certificate, byte[] key, CancellationToken cancel)
        => Put(_tls, IsName(serverName), serverName, new string(PemEncoding.Write("CERTIFICATE", certificate)) + "\n" + new string(PemEncoding.Write("PRIVATE KEY", key)) + "\n");

    public Task RemoveTlsAsync(string serverName) => Remove(_tls, IsName(serverName), serverName);

    /// <summary>The key authorization for a token; null when there is none.</summary>
    public string? FindHttp(string token) => IsToken(token) ? Read(Path.Combine(_http, token)) : null;

    /// <summary>Certificate (DER) and key (PKCS#8) for a name; null when there are none.</summary>
    public (byte[] Certificate, byte[] Key)? FindTls(string serverName)
    {
        if (!IsName(serverName) || Read(Path.Combine(_tls, serverName)) is not { } pem) return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem, pem);
            using var key = certificate.GetECDsaPrivateKey();
            return key is null ? null : (certificate.RawData, key.ExportPkcs8PrivateKey());
        }
        catch (CryptographicException)
        {
            // Damaged: as if it were not there; the one that put it there will say that the challenge failed.
            return null;
        }
    }

    /// <summary>Removes what is older than a day: its order is long over, and whoever made it did not come to remove it.</summary>
    public void Clean()
    {
        foreach (var folder in new[] { _http, _tls })
        {
            if (!Directory.Exists(folder)) continue;
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (_time.GetUtcNow() - file.LastWriteTimeUtc > Stale) file.Delete();
            }
        }
    }

    /// <summary>RFC 8555, section 8.3: the alphabet of base64url, nothing else.</summary>
    public static bool IsToken(string token) => token.Length is > 0 and <= LongestToken && token.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool IsName(string name)
        => name.Length is > 0 and <= LongestName && name[0] is not ('.' or '-') && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_');

    private static Task Put(string folder, bool isName, string name, string text)
    {
        if (!isName) throw new ArgumentException($"'{name}' is not a name for an answer");
        PrivateFiles.MakeFolder(folder);
        PrivateFiles.Replace(Path.Combine(folder, name), text);
        return Task.CompletedTask;
    }

    private static Task Remove(string folder, bool isName, string name)
    {
        if (isName && Directory.Exists(folder)) File.Delete(Path.Combine(folder, name));
        return Task.CompletedTask;
    }

    private static string? Read(string path)
    {
        try
        {
            return PrivateFiles.Read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Whoever asks for it over the network gets what one gets that asks for nothing.
            return null;
        }
    }
}
