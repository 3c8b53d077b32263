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
        new("weir_tls_certificate_expiry_timestamp_seconds", MetricKind.Gauge, "When a certificate expires, in Unix time.", Expiries),
    ];

    private static void Expiries(MetricReading reading, MetricWriter writer)
    {
        foreach (var listener in reading.Snapshot?.Listeners.Values.OrderBy(static l => l.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Proxy.Model.Listener>())
        {
            foreach (var certificate in listener.Tls?.Certificates ?? [])
                writer.Sample(certificate.NotAfter.ToUnixTimeSeconds(), ("listener", listener.Name), ("certificate", certificate.Source));
        }
    }
}
