using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>The certificate authority, and the folder for what must survive.</summary>
internal static class AcmeRules
{
    private const int LeastKey = 16;

    public static void Run(Check check)
    {
        if (check.Config.State.Length == 0) check.Error("state", "bad-path", "the state folder is 'auto' or a path");
        var acme = check.Config.Acme;
        if (DirectoryProblem(acme.Directory) is { } problem) check.Error("acme.directory", "bad-url", $"'{acme.Directory}': {problem}");
        for (var i = 0; i < acme.Email.Count; i++)
        {
            if (!IsEmail(acme.Email[i])) check.Error(check.Places.Has("acme", "email") && acme.Email.Count == 1 ? "acme.email" : $"acme.email[{i}]", "bad-email", $"'{acme.Email[i]}' is not an address for mail", "ops@example.com");
        }

        if (acme.Ca is { } ca && !HasCertificates(ca.Bytes)) check.Error("acme.ca", "bad-certificate", $"there is no certificate in {ca.Path}", "PEM: -----BEGIN CERTIFICATE-----");
        if (acme.Eab is { } binding) Binding(check, binding);
    }

    private static string? DirectoryProblem(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0) return "a directory is written https://host/path";
        if (url.Scheme == "http" && !url.IsLoopback) return "without TLS anyone on the way could answer; write https://";
        if (url.UserInfo.Length > 0) return "a directory takes no user name or password";
        return url.Fragment.Length > 0 ? "a directory takes no fragment" : null;
    }

    // One address and nothing else: an authority would refuse header fields or several in one mailto (RFC 8555, section 7.3).
    private static bool IsEmail(string text)
        => text.Length <= 254 && text.IndexOf('@') is > 0 and var at && at == text.LastIndexOf('@') && at < text.Length - 1
            && text.All(static c => c is > ' ' and < '\x7f' and not (',' or '?' or '<' or '>' or '"' or ':' or ';' or '%'));

    private static bool HasCertificates(ReadOnlyMemory<byte> pem)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(Encoding.UTF8.GetString(pem.Span));
            return all.Count > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            foreach (var certificate in all) certificate.Dispose();
        }
    }

    private static void Binding(Check check, AcmeBindingConfig binding)
    {
        if (binding.Kid.Length == 0 && check.Places.Has("acme.eab", "kid")) check.Error("acme.eab.kid", "bad-key", "the key's identifier is empty");
        if (binding.HmacKey is { } key && !IsKey(key.Value)) check.Error("acme.eab.hmac-key", "bad-key", $"the key is not {LeastKey} bytes or more in base64url", "as the authority gave it, without padding");
    }

    private static bool IsKey(string text) => Base64Url.IsValid(text, out var length) && length >= LeastKey;
}
