using System.Security.Cryptography;
using Weir.Certificates.Acme;
using Weir.Certificates.Storage;

namespace Weir.Certificates;

/// <summary>
/// Gets one certificate: account, order, proofs, request, download, check (RFC 8555, section 7). Whatever the authority does, what comes
/// back is an outcome. Control plane.
/// </summary>
internal sealed class AcmeIssuer : IDisposable
{
    private static readonly TimeSpan MostForAnOrder = TimeSpan.FromMinutes(30);

    private readonly IssuerSettings _settings;
    private readonly AccountFolder _folder;
    private readonly AcmeClient _client;
    private readonly AcmeAccounts _accounts;
    private readonly NameProofs _proofs;
    private readonly TimeProvider _time;

    /// <param name="answers">All of them are told of each answer.</param>
    public AcmeIssuer(IssuerSettings settings, AccountFolder folder, IReadOnlyList<IChallengeAnswers> answers, TimeProvider time)
    {
        (_settings, _folder, _time) = (settings, folder, time);
        _client = new AcmeClient(settings.Config.Directory, settings.Authorities, time);
        _accounts = new AcmeAccounts(_client, settings, folder);
        _proofs = new NameProofs(_client, answers, settings, time);
    }

    public IssuerSettings Settings => _settings;

    /// <param name="before">The one that it is to replace.</param>
    /// <param name="first">How names are proven where the authority leaves the choice.</param>
    public async Task<IssueOutcome> ObtainAsync(CertificateOrder order, IssuedCertificate? before, ChallengeKind first, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(MostForAnOrder, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            if (_folder.MustWait(order.Names) is { } wait)
                return new IssueOutcome { Reason = $"the authority looked for {wait.Name} in vain {AccountFolder.MostFailures} times within an hour", Fault = AcmeFault.RateLimited, RetryAfter = wait.Wait };
            return new IssueOutcome { Certificate = await FollowAsync(order, before, first, either.Token) };
        }
        catch (AcmeException failure)
        {
            var unnoted = failure.Fault == AcmeFault.Validation ? await RememberAsync(failure.Names) : "";
            return new IssueOutcome { Reason = failure.Message + unnoted, Fault = failure.Fault, RetryAfter = failure.RetryAfter };
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return new IssueOutcome { Reason = $"the order took more than {MostForAnOrder.TotalMinutes:0} minutes", Fault = AcmeFault.TimedOut };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return new IssueOutcome { Reason = failure.Message };
        }
    }

    /// <summary>When the authority would have it renewed; null when it does not say, or has no word for it.</summary>
    public Task<(SuggestedWindow Window, TimeSpan? RetryAfter)?> RenewalAsync(IssuedCertificate certificate, CancellationToken cancel)
        => certificate.RenewalName is { } name ? _client.RenewalAsync(name, cancel) : Task.FromResult<(SuggestedWindow, TimeSpan?)?>(null);

    public void Dispose()
    {
        _accounts.Dispose();
        _client.Dispose();
    }

    // Counted by the authority, whether or not the order is wanted any more. Empty, or that it could not be noted.
    private async Task<string> RememberAsync(IReadOnlyList<string> names)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await _folder.RememberFailuresAsync(names, patience.Token);
            return "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or AcmeException or OperationCanceledException)
        {
            return $" (and this could not be noted: {failure.Message})";
        }
    }

    private async Task<IssuedCertificate> FollowAsync(CertificateOrder order, IssuedCertificate? before, ChallengeKind first, CancellationToken cancel)
    {
        var account = await _accounts.GetAsync(cancel);
        AcmeOrder placed;
        try
        {
            placed = await _client.NewOrderAsync(account, order.Names, before?.RenewalName, cancel);
        }
        // Gone or deactivated (RFC 8555, section 7.3.6): another account, once.
        catch (AcmeException refusal) when (refusal.Type is "accountDoesNotExist" or "unauthorized")
        {
            if (!await _accounts.RenewAsync(account, cancel)) throw;
            account = await _accounts.GetAsync(cancel);
            placed = await _client.NewOrderAsync(account, order.Names, before?.RenewalName, cancel);
        }

        var provenBy = await _proofs.ProveAsync(account, order, placed.View.Authorizations!, first, cancel);
        using var key = CertificateRequests.NewKey(_settings.Config.KeyType);
        var ready = await WaitAsync(account, placed.Url, cancel, "ready", "valid");
        if (ready.Status != "ready") throw new AcmeException(AcmeFault.Protocol, "the order was done before a certificate was asked for");
        await _client.FinalizeAsync(account, placed.View.Finalize!, CertificateRequests.Make(key, order.Names), cancel);
        var done = await WaitAsync(account, placed.Url, cancel, "valid");
        if (done.Certificate is null) throw new AcmeException(AcmeFault.Protocol, "the order is done, but does not say where the certificate is");
        var pem = await _client.DownloadAsync(account, done.Certificate, cancel);
        return Check(pem, key, order, provenBy ?? before?.ProvenBy);
    }

    private async Task<OrderView> WaitAsync(AcmeAccount account, string url, CancellationToken cancel, params string[] wanted)
    {
        var times = new PollTimes(_time);
        while (true)
        {
            var (order, retryAfter) = await _client.OrderAsync(account, url, cancel);
            if (order.View.Status is { } status && wanted.Contains(status)) return order.View;
            if (order.View.Status == "invalid")
                throw new AcmeException(AcmeFault.Refused, $"the order was refused: {(order.View.Error is { } error ? ProblemText.Of(error) : "without a reason")}") { Type = order.View.Error is { } e ? ProblemText.TypeOf(e) : "" };
            if (order.View.Status is not ("pending" or "ready" or "processing")) throw new AcmeException(AcmeFault.Protocol, $"the order is '{ProblemText.Plain(order.View.Status ?? "")}', which no order can be");
            if (!await times.WaitAsync(retryAfter, cancel)) throw new AcmeException(AcmeFault.TimedOut, $"the order is still {order.View.Status} after {PollTimes.Most.TotalMinutes:0} minutes");
        }
    }

    // What is not ours, not for these names or not valid now would be worse than what there is.
    private IssuedCertificate Check(string pem, AsymmetricAlgorithm key, CertificateOrder order, ChallengeKind? provenBy)
    {
        var now = _time.GetUtcNow();
        var certificate = IssuedCertificate.Read(pem, key.ExportPkcs8PrivateKeyPem(), order.Names, now, provenBy, out var reason);
        if (certificate is not null) reason = certificate.TimeProblem(now);
        return certificate is not null && reason.Length == 0 ? certificate : throw new AcmeException(AcmeFault.Protocol, $"the certificate that came cannot be used: {reason}");
    }
}
