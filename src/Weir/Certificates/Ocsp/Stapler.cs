using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Weir.Certificates.Acme;
using Weir.Reactor.Tls;

namespace Weir.Certificates.Ocsp;

/// <summary>
/// Keeps what clients are told of certificates current: asks each authority in time, and shows what is signed, current and good. Control
/// plane; one loop.
/// </summary>
internal sealed class Stapler : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromHours(1);

    private readonly Func<IEnumerable<TlsIdentity>> _served;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly OcspQuestions _questions = new();
    private readonly Dictionary<TlsIdentity, Kept> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly SemaphoreSlim _look = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="served">What is served now by listeners that staple.</param>
    /// <param name="log">Hears of what authorities say.</param>
    /// <param name="time">The clock.</param>
    public Stapler(Func<IEnumerable<TlsIdentity>> served, ILogger log, TimeProvider time)
    {
        (_served, _log, _time) = (served, log, time);
        _running = Task.Run(RunAsync);
    }

    /// <summary>What is served may have changed.</summary>
    public void Look()
    {
        try
        {
            _look.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _questions.Dispose();
        _look.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await KeepAsync();
                var next = _kept.Count == 0 ? Longest : _kept.Values.Min(static k => k.Next) - _time.GetUtcNow();
                await WaitAsync(RetryTimes.Clamp(next, TimeSpan.Zero, Longest));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task WaitAsync(TimeSpan most)
    {
        await using var timer = _time.CreateTimer(static stapler => ((Stapler)stapler!).Look(), this, most, Timeout.InfiniteTimeSpan);
        await _look.WaitAsync(_stop.Token);
    }

    private async Task KeepAsync()
    {
        var served = new HashSet<TlsIdentity>(_served(), ReferenceEqualityComparer.Instance);
        foreach (var gone in _kept.Keys.Where(i => !served.Contains(i)).ToList()) _kept.Remove(gone);
        foreach (var identity in served)
        {
            if (!_kept.TryGetValue(identity, out var kept)) _kept[identity] = kept = new Kept { Address = AddressOf(identity) };
            var now = _time.GetUtcNow();
            if (kept.Until < now) identity.Staple.Response = null;
            if (kept.Next <= now) await AskAsync(identity, kept);
        }
    }

    private async Task AskAsync(TlsIdentity identity, Kept kept)
    {
        var now = _time.GetUtcNow();
        if (kept.Address is null)
        {
            kept.Next = DateTimeOffset.MaxValue;
            return;
        }

        var (answer, response) = await _questions.AskAsync(kept.Address, identity, _stop.Token);
        if (answer.Status == OcspStatus.Good)
        {
            if (identity.Staple.Response is null) _log.Stapled(NameOf(identity), answer.Left.TotalHours);
            identity.Staple.Response = response;
            kept.Failures = 0;
            kept.Until = now + answer.Left;
            kept.Next = now + RetryTimes.Clamp(answer.Left / 2, Shortest, Longest);
            return;
        }

        if (answer.Status == OcspStatus.Revoked)
        {
            identity.Staple.Response = null;
            _log.Revoked(NameOf(identity), kept.Address.ToString());
        }
        else
        {
            _log.NotStapled(NameOf(identity), kept.Address.ToString(), answer.Status == OcspStatus.Unknown ? "the authority does not know the certificate" : answer.Reason);
        }

        kept.Next = now + RetryTimes.Clamp(Shortest * Math.Pow(2, Math.Min(10, kept.Failures++)), Shortest, LongestBackoff);
        // What is shown stays until it is over; then it is taken away in time.
        if (kept.Until > now && kept.Until < kept.Next) kept.Next = kept.Until + TimeSpan.FromSeconds(1);
    }

    // Null: the certificate names no responder, or its issuer is not in the chain.
    private static Uri? AddressOf(TlsIdentity identity)
    {
        if (identity.Chain.Count < 2) return null;
        using var certificate = X509CertificateLoader.LoadCertificate(identity.Chain[0]);
        var addresses = certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(static e => e.EnumerateOcspUris());
        return addresses.Select(static a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null).FirstOrDefault(static u => u is not null);
    }

    private static string NameOf(TlsIdentity identity) => identity.Names.Count == 0 ? "without a name" : identity.Names[0];

    private sealed class Kept
    {
        public Uri? Address { get; init; }

        public DateTimeOffset Next { get; set; }

        public DateTimeOffset Until { get; set; }

        public int Failures { get; set; }
    }
}
