namespace Weir.Telemetry;

/// <summary>Handshakes and certificates.</summary>
internal static class TlsMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_tls_handshakes_total", MetricKind.Counter, "TLS handshakes that were made: full, resumed.", static (r, w) =>
        {
            var (done, resumed) = (r.Gateway.Loops.Sum(static l => l.HandshakesDone), r.Gateway.Loops.Sum(static l => l.HandshakesResumed));
            w.Sample(done - resumed, ("kind", "full"));
            w.Sample(resumed, ("kind", "resumed"));
        }),
        new("weir_tls_handshakes_active", MetricKind.Gauge, "TLS handshakes under way.", static (r, w) => w.Sample(r.Gateway.Loops.Sum(static l => l.Handshakes))),
        new("weir_tls_handshakes_waiting", MetricKind.Gauge, "TLS handshakes that wait for a certificate that is ordered.", static (r, w) => w.Sample(r.Gateway.Loops.Sum(static l => l.CertificateWaits.Count))),
        new("weir_tls_certificate_expiry_timestamp_seconds", MetricKind.Gauge, "When a certificate expires, in Unix time.", Expiries),
        new("weir_tls_certificates_stapled", MetricKind.Gauge, "Certificates with a current word of their authority (OCSP), by listener.", static (r, w) =>
        {
            foreach (var listener in Listeners(r).Where(static l => l.Tls is { Staples: true })) w.Sample(listener.Tls!.Identities.Count(static i => i.Staple.Response is not null), ("listener", listener.Name));
        }),
        new("weir_acme_certificates", MetricKind.Gauge, "Certificates that are wanted by ACME, by state: ready, missing.", static (r, w) =>
        {
            var orders = r.Instance.Certificates.Keeper?.Orders ?? [];
            w.Sample(orders.Count(static o => o.NotAfter is not null), ("state", "ready"));
            w.Sample(orders.Count(static o => o.NotAfter is null), ("state", "missing"));
        }),
        new("weir_acme_orders_total", MetricKind.Counter, "Orders at the ACME authority by outcome: issued, renewed, failed.", static (r, w) =>
        {
            var counters = r.Instance.Certificates.Keeper?.Counters;
            w.Sample((counters?.Issued ?? 0) - (counters?.Renewed ?? 0), ("outcome", "issued"));
            w.Sample(counters?.Renewed ?? 0, ("outcome", "renewed"));
            w.Sample(counters?.Failed ?? 0, ("outcome", "failed"));
        }),
    ];

    private static IEnumerable<Proxy.Model.Listener> Listeners(MetricReading reading)
        => (reading.Snapshot?.Listeners.Values ?? []).OrderBy(static l => l.Name, StringComparer.Ordinal);

    private static void Expiries(MetricReading reading, MetricWriter writer)
    {
        foreach (var listener in Listeners(reading))
        {
            foreach (var certificate in listener.Tls?.Certificates ?? [])
                writer.Sample(certificate.NotAfter.ToUnixTimeSeconds(), ("listener", listener.Name), ("certificate", certificate.Source));
        }
    }
}
