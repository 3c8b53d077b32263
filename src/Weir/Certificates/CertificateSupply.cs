using Microsoft.Extensions.Logging;
using Weir.Certificates.Local;
using Weir.Certificates.Ocsp;
using Weir.Certificates.Storage;
using Weir.Config.Records;
using Weir.Proxy;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;

namespace Weir.Certificates;

/// <summary>
/// Sees to it that the gateway has the certificates that the configuration in force wants: from an ACME authority or from Weir's own, with
/// what their authorities say of them, and ticket keys that instances share. What a configuration does not want does not run. Control plane.
/// </summary>
internal sealed class CertificateSupply : IAsyncDisposable
{
    private readonly Gateway _gateway;
    private readonly string _state;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Stapler _stapler;
    private IReadOnlyDictionary<CertificateOrder, WantedCertificate> _orders = new Dictionary<CertificateOrder, WantedCertificate>();
    private LocalCertificates? _local;
    private SharedTickets? _tickets;

    /// <param name="gateway">What serves them.</param>
    /// <param name="state">The state folder; made when it is needed.</param>
    /// <param name="log">Hears of everything that happens to certificates.</param>
    /// <param name="time">The clock.</param>
    public CertificateSupply(Gateway gateway, string state, ILogger log, TimeProvider time)
    {
        (_gateway, _state, _log, _time) = (gateway, state, log, time);
        _stapler = new Stapler(() => gateway.Stapled, log, time);
    }

    /// <summary>Orders at an ACME authority; null while nothing was ever wanted from one.</summary>
    public CertificateKeeper? Keeper { get; private set; }

    /// <summary>A configuration came into force. One after the other.</summary>
    public async Task FollowAsync(WeirConfig config)
    {
        var wanted = _gateway.Wanted;
        await OrderAsync(config.Acme, [.. wanted.Where(static w => w.Issuer == CertificateIssuer.Acme)]);
        var local = wanted.Where(static w => w.Issuer == CertificateIssuer.Internal).ToList();
        if (local.Count > 0) _local ??= new LocalCertificates(new LocalAuthority(_state, _time), TakeUpAsync, _log, _time);
        if (_local is not null) await _local.WantAsync(local);
        if (config.Listeners.Values.Any(static l => l.Tls is { Tickets.Shared: true })) _tickets ??= new SharedTickets(new TicketFolder(_state, _time), _gateway.Store.SharedTickets, _log, _time);
        _stapler.Look();
    }

    public async ValueTask DisposeAsync()
    {
        if (_tickets is not null) await _tickets.DisposeAsync();
        if (_local is not null) await _local.DisposeAsync();
        if (Keeper is not null) await Keeper.DisposeAsync();
        // Last: the others tell it of what they took up.
        await _stapler.DisposeAsync();
    }

    private async Task OrderAsync(AcmeConfig acme, IReadOnlyList<WantedCertificate> wanted)
    {
        if (Keeper is null && wanted.Count == 0) return;
        var orders = new Dictionary<CertificateOrder, WantedCertificate>();
        foreach (var one in wanted)
        {
            if (CertificateOrder.Make(acme.Directory, one.Names, out var reason) is { } order) orders.TryAdd(order, one);
            else _log.CertificateRefused(string.Join(", ", one.Names), reason);
        }

        Volatile.Write(ref _orders, orders);
        var (http, tls) = (_gateway.Store.HttpChallenges, _gateway.Store.Challenges);
        Keeper ??= new CertificateKeeper(_state, new GatewayAnswers(http, tls), _log, _time) { OnCertificate = (order, certificate) => _ = TakeUpAsync(order, certificate) };
        var names = wanted.SelectMany(static w => w.Names).ToHashSet(StringComparer.Ordinal);
        var folder = Keeper.Challenges;
        tls.IsExpected = names.Contains;
        // Another instance may have ordered, and the authority may ask this one.
        tls.Fetch = names.Count == 0 ? null : name => Task.FromResult(folder.FindTls(name) is { } found ? new TlsIdentity([name], [found.Certificate], found.Key) : null);
        http.Fetch = names.Count == 0 ? null : token => Task.FromResult(folder.FindHttp(token));
        await Keeper.WantAsync(acme, orders.Keys);
    }

    private async Task TakeUpAsync(CertificateOrder order, IssuedCertificate certificate)
    {
        if (!Volatile.Read(ref _orders).TryGetValue(order, out var wanted)) return;
        // The keeper says it again when it looks into the folder.
        if (_gateway.Store.Ready.Find(wanted) is { } before && before.Identity.Chain[0].AsSpan().SequenceEqual(certificate.Chain[0])) return;
        await TakeUpAsync(wanted, new ReadyCertificate(new TlsIdentity(wanted.Hosts, certificate.Chain, certificate.Key), certificate.NotAfter));
    }

    private async Task TakeUpAsync(WantedCertificate wanted, ReadyCertificate certificate)
    {
        try
        {
            await _gateway.TakeUpAsync(wanted, certificate);
            _stapler.Look();
        }
        catch (TlsException refused)
        {
            _log.CertificateRefused(string.Join(", ", wanted.Names), refused.Message);
        }
    }
}
