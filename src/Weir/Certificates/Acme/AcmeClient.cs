using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weir.Certificates.Acme;

/// <summary>An order and its URL.</summary>
internal sealed record AcmeOrder(string Url, OrderView View);

/// <summary>
/// The protocol, a method for a step (RFC 8555, section 7). Knows neither folders nor challenges' answers. Thread-safe. Every failure is an
/// <see cref="AcmeException"/>.
/// </summary>
internal sealed class AcmeClient : IDisposable
{
    private const int MostAuthorizations = 200;
    private static readonly TimeSpan DirectoryAge = TimeSpan.FromHours(1);

    private readonly string _directoryUrl;
    private readonly AcmeTransport _transport;
    private readonly SignedRequests _signed;
    private readonly TimeProvider _time;
    private (DirectoryView View, long At)? _directory;

    /// <param name="authorities">Trusted for the directory's own certificate; null for the system's.</param>
    public AcmeClient(string directoryUrl, X509Certificate2Collection? authorities, TimeProvider time)
    {
        (_directoryUrl, _time) = (directoryUrl, time);
        _transport = new AcmeTransport(authorities, time);
        _signed = new SignedRequests(_transport);
    }

    /// <summary>Asked for again when it is an hour old: authorities add to it.</summary>
    public async Task<DirectoryView> DirectoryAsync(CancellationToken cancel)
    {
        if (_directory is { } known && _time.GetElapsedTime(known.At) < DirectoryAge) return known.View;
        var answer = await _transport.GetAsync(_directoryUrl, HttpMethod.Get, cancel);
        if (SignedRequests.Refusal(answer, "the directory") is { } refusal) throw refusal;
        var view = answer.Read(AcmeJson.Default.DirectoryView);
        if (view.NewNonce is null || view.NewAccount is null || view.NewOrder is null)
            throw new AcmeException(AcmeFault.Protocol, $"{_directoryUrl} is not a directory: newNonce, newAccount or newOrder is missing");
        _directory = (view, _time.GetTimestamp());
        return view;
    }

    /// <summary>A new account, or the one that the key has already.</summary>
    public async Task<AcmeAccount> NewAccountAsync(AccountKey key, IReadOnlyList<string> emails, AccountBinding? binding, CancellationToken cancel)
    {
        var directory = await DirectoryAsync(cancel);
        if (binding is null && directory.Meta is { ExternalAccountRequired: true })
            throw new AcmeException(AcmeFault.Refused, "the authority asks for external account binding: acme: { eab: { kid: …, hmac-key: … } }") { Type = "externalAccountRequired" };
        var request = new NewAccountRequest
        {
            TermsOfServiceAgreed = true,
            Contact = Contact(emails),
            ExternalAccountBinding = binding is null ? null : key.Bind(directory.NewAccount!, binding.Kid, binding.HmacKey),
        };
        return await AccountAsync(key, request, "the new account", cancel);
    }

    /// <summary>The account that the key has; null when it has none.</summary>
    public async Task<AcmeAccount?> FindAccountAsync(AccountKey key, CancellationToken cancel)
    {
        try
        {
            return await AccountAsync(key, new NewAccountRequest { OnlyReturnExisting = true }, "the look for the account", cancel);
        }
        catch (AcmeException refusal) when (refusal.Type == "accountDoesNotExist")
        {
            return null;
        }
    }

    /// <summary>False when it was deactivated, there or here, or is not there any more.</summary>
    public async Task<bool> IsAccountValidAsync(AcmeAccount account, CancellationToken cancel)
    {
        try
        {
            var answer = await PostAsync(account, account.Url, [], "the look for the account", cancel);
            return answer.Read(AcmeJson.Default.AccountView).Status == "valid";
        }
        catch (AcmeException refusal) when (refusal.Type is "unauthorized" or "accountDoesNotExist")
        {
            return false;
        }
    }

    public async Task ChangeContactAsync(AcmeAccount account, IReadOnlyList<string> emails, CancellationToken cancel)
        => await PostAsync(account, account.Url, Json(new ContactRequest(Contact(emails)), AcmeJson.Default.ContactRequest), "the change of the contact", cancel);

    /// <summary>Ends an account for good (section 7.3.6).</summary>
    public async Task DeactivateAsync(AcmeAccount account, CancellationToken cancel)
        => await PostAsync(account, account.Url, Json(new StatusRequest("deactivated"), AcmeJson.Default.StatusRequest), "the account's end", cancel);

    /// <param name="replaces">ARI's name of the certificate that this one is to replace; null when there is none.</param>
    public async Task<AcmeOrder> NewOrderAsync(AcmeAccount account, IReadOnlyList<string> names, string? replaces, CancellationToken cancel)
    {
        var directory = await DirectoryAsync(cancel);
        var told = directory.RenewalInfo is null ? null : replaces;
        try
        {
            return await OrderAsync(told);
        }
        // That it replaces something is a courtesy: the authority may have forgotten the certificate, or seen it replaced already.
        catch (AcmeException refusal) when (told is not null && refusal is { Fault: AcmeFault.Refused, Type: not ("accountDoesNotExist" or "rejectedIdentifier") })
        {
            return await OrderAsync(null);
        }

        async Task<AcmeOrder> OrderAsync(string? replaced)
        {
            var request = new NewOrderRequest([.. names.Select(IdentifierOf)], replaced);
            var answer = await PostAsync(account, directory.NewOrder!, Json(request, AcmeJson.Default.NewOrderRequest), "the order", cancel);
            var view = answer.Read(AcmeJson.Default.OrderView);
            if (answer.Location is null || view.Finalize is null || view.Authorizations is not { Count: > 0 and <= MostAuthorizations } all || all.Any(static a => a is null))
                throw new AcmeException(AcmeFault.Protocol, "the order came without a URL, without where to finalize it, or with no authorization");
            return new AcmeOrder(answer.Location, view);
        }
    }

    public async Task<(AuthorizationView View, TimeSpan? RetryAfter)> AuthorizationAsync(AcmeAccount account, string url, CancellationToken cancel)
    {
        var answer = await PostAsync(account, url, [], "an authorization", cancel);
        var view = answer.Read(AcmeJson.Default.AuthorizationView);
        return view.Identifier?.Value is null ? throw new AcmeException(AcmeFault.Protocol, $"{url} is an authorization for no name") : (view, answer.RetryAfter);
    }

    /// <summary>Says that the proof is there.</summary>
    public async Task ReadyAsync(AcmeAccount account, string challengeUrl, CancellationToken cancel) => await PostAsync(account, challengeUrl, "{}"u8.ToArray(), "a challenge", cancel);

    public async Task<(AcmeOrder Order, TimeSpan? RetryAfter)> OrderAsync(AcmeAccount account, string url, CancellationToken cancel)
    {
        var answer = await PostAsync(account, url, [], "the order", cancel);
        return (new AcmeOrder(url, answer.Read(AcmeJson.Default.OrderView)), answer.RetryAfter);
    }

    public async Task FinalizeAsync(AcmeAccount account, string url, byte[] request, CancellationToken cancel)
        => await PostAsync(account, url, Json(new FinalizeRequest(Base64Url.EncodeToString(request)), AcmeJson.Default.FinalizeRequest), "the certificate's request", cancel);

    /// <summary>The chain in PEM, as the authority wrote it: nothing of it is checked yet.</summary>
    public async Task<string> DownloadAsync(AcmeAccount account, string url, CancellationToken cancel)
    {
        var answer = await PostAsync(account, url, [], "the certificate", cancel, "application/pem-certificate-chain");
        if (answer.MediaType != "application/pem-certificate-chain") throw new AcmeException(AcmeFault.Protocol, $"{url} answered with '{ProblemText.Plain(answer.MediaType)}' where a certificate was due");
        return Encoding.UTF8.GetString(answer.Body);
    }

    /// <summary>When the authority would have it renewed (RFC 9773, section 4.1). Null when it does not say.</summary>
    public async Task<(SuggestedWindow Window, TimeSpan? RetryAfter)?> RenewalAsync(string certificateId, CancellationToken cancel)
    {
        if ((await DirectoryAsync(cancel)).RenewalInfo is not { } url) return null;
        var answer = await _transport.GetAsync(url.TrimEnd('/') + "/" + certificateId, HttpMethod.Get, cancel);
        if (SignedRequests.Refusal(answer, "the look for when to renew") is { } refusal) throw refusal;
        if (answer.Read(AcmeJson.Default.RenewalInfoView).SuggestedWindow is { } window && window.End > window.Start) return (window, answer.RetryAfter);
        throw new AcmeException(AcmeFault.Protocol, $"{url} suggests no window");
    }

    public void Dispose() => _transport.Dispose();

    private async Task<AcmeAccount> AccountAsync(AccountKey key, NewAccountRequest request, string what, CancellationToken cancel)
    {
        var directory = await DirectoryAsync(cancel);
        var answer = await _signed.PostAsync(directory.NewNonce!, key, null, directory.NewAccount!, Json(request, AcmeJson.Default.NewAccountRequest), what, cancel);
        return answer.Location is { Length: > 0 and <= 2048 } url ? new AcmeAccount(key, url) : throw new AcmeException(AcmeFault.Protocol, "the account came without its URL");
    }

    private async Task<AcmeAnswer> PostAsync(AcmeAccount account, string url, byte[] payload, string what, CancellationToken cancel, string? accept = null)
    {
        var directory = await DirectoryAsync(cancel);
        return await _signed.PostAsync(directory.NewNonce!, account.Key, account.Url, url, payload, what, cancel, accept);
    }

    private static string[] Contact(IReadOnlyList<string> emails) => [.. emails.Select(static e => "mailto:" + e)];

    private static AcmeIdentifier IdentifierOf(string name) => new(IPAddress.TryParse(name, out _) ? "ip" : "dns", name);

    private static byte[] Json<T>(T value, JsonTypeInfo<T> shape) => JsonSerializer.SerializeToUtf8Bytes(value, shape);
}
