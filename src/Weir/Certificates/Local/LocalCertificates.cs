using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;

namespace Weir.Certificates.Local;

/// <summary>
/// Keeps certificates of Weir's own authority for what the configuration wants. They live in memory, and are made anew when a third of
/// their time is left, and at each start. Control plane; one loop.
/// </summary>
internal sealed class LocalCertificates : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromHours(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    private readonly LocalAuthority _authority;
    private readonly Func<WantedCertificate, ReadyCertificate, Task> _ready;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Dictionary<WantedCertificate, DateTimeOffset> _renewals = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private bool _isTold;

    /// <param name="authority">Issues them.</param>
    /// <param name="ready">Takes each into use.</param>
    /// <param name="log">Hears where the root is, and what failed.</param>
    /// <param name="time">The clock.</param>
    public LocalCertificates(LocalAuthority authority, Func<WantedCertificate, ReadyCertificate, Task> ready, ILogger log, TimeProvider time)
    {
        (_authority, _ready, _log, _time) = (authority, ready, log, time);
        _timer = time.CreateTimer(_ => _ = RenewAsync(), null, Look, Look);
    }

    /// <summary>From now on these. Returns when those are ready that can be.</summary>
    public async Task WantAsync(IReadOnlyCollection<WantedCertificate> wanted)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            foreach (var gone in _renewals.Keys.Except(wanted).ToList()) _renewals.Remove(gone);
            foreach (var one in wanted) _renewals.TryAdd(one, DateTimeOffset.MinValue);
        }
        finally
        {
            _oneAtATime.Release();
        }

        await RenewAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _timer.DisposeAsync();
        await _oneAtATime.WaitAsync();
        _oneAtATime.Dispose();
        _stop.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            await _oneAtATime.WaitAsync(_stop.Token);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }

        try
        {
            foreach (var (wanted, due) in _renewals.ToList())
                if (due <= _time.GetUtcNow()) await IssueAsync(wanted);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task IssueAsync(WantedCertificate wanted)
    {
        try
        {
            var (certificate, root) = await _authority.IssueAsync(wanted.Names, _stop.Token);
            using (certificate)
            using (root)
            {
                using var key = certificate.GetECDsaPrivateKey();
                await _ready(wanted, new ReadyCertificate(new TlsIdentity(wanted.Hosts, [certificate.RawData], key!.ExportPkcs8PrivateKey()), certificate.NotAfter.ToUniversalTime()));
                _renewals[wanted] = _time.GetUtcNow() + (LocalAuthority.Lifetime * 2 / 3);
            }

            if (!_isTold) _log.LocalRoot(_authority.RootPath);
            _isTold = true;
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or TlsException)
        {
            _log.LocalFailed(string.Join(", ", wanted.Names), failure.Message);
            _timer.Change(Retry, Look);
        }
    }
}
