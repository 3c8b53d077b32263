using Microsoft.Extensions.Logging;
using Weir.Certificates.Acme;
using Weir.Certificates.Storage;

namespace Weir.Certificates;

/// <summary>What orders share.</summary>
internal sealed record KeeperParts(AcmeIssuer Issuer, CertificateFolder Folder, SemaphoreSlim Slots, KeeperCounters Counters, ILogger Log, TimeProvider Time, Action<CertificateOrder, IssuedCertificate> OnCertificate);

/// <summary>
/// Sees to it that there is a certificate for one order: takes what the folder has, obtains what is missing, renews in time. The one in use
/// stays until the next is stored. Control plane; one loop runs it, others only read its status.
/// </summary>
internal sealed class OrderKeeper(CertificateOrder order, KeeperParts parts)
{
    /// <summary>How often the folder is looked into for what other instances put there.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(30);

    // Without a certificate clients are waiting for what another instance may have got.
    private static readonly TimeSpan AnxiousGlance = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    private readonly Backoff _backoff = new();
    private readonly RenewalWindow _window = new(parts.Issuer, parts.Time);
    private StoredCertificate? _current;
    private IssuedCertificate? _unstored;
    private ChallengeKind? _first;
    private string? _failure;
    private DateTimeOffset _nextTry = DateTimeOffset.MinValue;
    private OrderStatus _status = new(order, null, null, null, null);

    public OrderStatus Status => Volatile.Read(ref _status);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var wait = await TurnAsync(cancel);
                await Task.Delay(wait, parts.Time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Not wanted any more.
        }
    }

    // How long until the next one.
    private async Task<TimeSpan> TurnAsync(CancellationToken cancel)
    {
        try
        {
            var isNew = Look();
            await AskAsync(cancel);
            if (isNew) parts.Log.CertificateLoaded(order.ToString(), _current!.Certificate.NotAfter.UtcDateTime, Due().UtcDateTime);
            if (Due() <= Now && _nextTry <= Now) await TryAsync(cancel);
        }
        // The folder is looked into more often than a failure is worth a word.
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (_nextTry <= Now) Fail(failure.Message, null);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            parts.Log.CertificateFault(fault, order.ToString());
            Fail("a fault", null);
        }

        Publish();
        var next = Due() > _nextTry ? Due() : _nextTry;
        return RetryTimes.Clamp(next - Now, TimeSpan.FromSeconds(1), _current is null ? AnxiousGlance : Glance);
    }

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    private DateTimeOffset Due() => _current is null || _unstored is not null ? DateTimeOffset.MinValue : Renewal(_current);

    private DateTimeOffset Renewal(StoredCertificate current) => RenewalPlan.At(current.Certificate, parts.Issuer.Settings.Config.RenewBefore, _window.Suggested);

    // True when another instance, or the one before this, left one that is newer.
    private bool Look()
    {
        if (parts.Folder.Load(order, _current) is not { } found || string.CompareOrdinal(found.Generation, _current?.Generation) <= 0) return false;
        Adopt(found);
        return true;
    }

    private async Task AskAsync(CancellationToken cancel)
    {
        if (_current is { } kept && await _window.AskAsync(kept.Certificate, cancel) is { } reason) parts.Log.RenewalUnknown(order.ToString(), reason);
    }

    private async Task TryAsync(CancellationToken cancel)
    {
        await parts.Slots.WaitAsync(cancel);
        try
        {
            using var held = await parts.Folder.LockAsync(order, LockPatience, cancel);
            // Another instance is at it: its certificate will be in the folder.
            if (held is null) return;
            if (Look()) await AskAsync(cancel);
            if (Due() > Now) return;
            var before = _current?.Certificate;
            _unstored ??= await ObtainAsync(before, cancel);
            if (_unstored is not { } obtained) return;
            Store(obtained);
            _unstored = null;
            await AskAsync(cancel);
            if (before is null || before.Digest == obtained.Digest) parts.Log.CertificateObtained(order.ToString(), obtained.NotAfter.UtcDateTime, Due().UtcDateTime);
            else parts.Log.CertificateRenewed(order.ToString(), obtained.NotAfter.UtcDateTime, Due().UtcDateTime);
        }
        finally
        {
            parts.Slots.Release();
        }
    }

    private async Task<IssuedCertificate?> ObtainAsync(IssuedCertificate? before, CancellationToken cancel)
    {
        var settings = parts.Issuer.Settings;
        var first = _first ?? settings.FirstChallenge(before?.ProvenBy);
        var outcome = await parts.Issuer.ObtainAsync(order, before, first, cancel);
        if (outcome.Certificate is { } obtained)
        {
            parts.Counters.CountIssued(before is not null);
            return obtained;
        }

        // An authorization that was refused stays so: the other kind is for the next order.
        if (outcome.Fault == AcmeFault.Validation && settings.MayChange) _first = first.Other();
        Fail(outcome.Reason, outcome.RetryAfter);
        return null;
    }

    // One that came and cannot be stored is used where there is no other, and stored when that works: the authority gives only so many.
    private void Store(IssuedCertificate obtained)
    {
        try
        {
            Adopt(parts.Folder.Store(order, obtained));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (_current is null) Adopt(new StoredCertificate("", obtained));
            throw new IOException($"it was obtained, but could not be stored: {failure.Message}", failure);
        }
    }

    private void Adopt(StoredCertificate certificate)
    {
        _current = certificate;
        _window.Forget();
        (_failure, _nextTry, _first) = (null, DateTimeOffset.MinValue, null);
        _backoff.Clear();
        Publish();
        parts.OnCertificate(order, certificate.Certificate);
    }

    private void Fail(string reason, TimeSpan? retryAfter)
    {
        _failure = reason;
        _nextTry = Now + _backoff.Next(retryAfter);
        if (_current is { } kept) parts.Log.CertificateNotRenewed(order.ToString(), kept.Certificate.NotAfter.UtcDateTime, reason, _nextTry.UtcDateTime);
        else parts.Log.CertificateMissing(order.ToString(), reason, _nextTry.UtcDateTime);
        Publish();
        parts.Counters.CountFailed();
    }

    private void Publish()
        => Volatile.Write(ref _status, new OrderStatus(order, _current?.Certificate.NotAfter, _current is null ? null : Renewal(_current), _failure, _failure is null ? null : _nextTry));
}
