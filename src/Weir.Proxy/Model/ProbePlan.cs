using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Weir.Config.Records;

namespace Weir.Proxy.Model;

/// <summary>What is asked of an endpoint.</summary>
internal enum ProbeKind : byte { Http, Grpc, Connect }

/// <summary>How the endpoints of a cluster are asked whether they serve, as compiled. Immutable; used off the loops alone.</summary>
internal sealed record ProbePlan
{
    /// <summary>Of all that is configured: while it stays, so does the probe of an endpoint.</summary>
    public required string Digest { get; init; }

    public required ProbeKind Kind { get; init; }

    public required string Path { get; init; }

    public required string Method { get; init; }

    /// <summary>Null for the endpoint's own.</summary>
    public string? Host { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Null for the endpoint's own.</summary>
    public int? Port { get; init; }

    public required StatusRange[] Status { get; init; }

    /// <summary>What the body must have in it; null for anything.</summary>
    public byte[]? BodyText { get; init; }

    public Regex? BodyPattern { get; init; }

    public required string Service { get; init; }

    public required TimeSpan Interval { get; init; }

    /// <summary>Part of the interval, up to 1.</summary>
    public required double Jitter { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int Healthy { get; init; }

    public required int Unhealthy { get; init; }

    public required bool BeginsUnhealthy { get; init; }

    /// <summary>What is asked of endpoints with TLS.</summary>
    public required ProbeTls Tls { get; init; }
}

/// <summary>TLS of a probe: as that of the cluster's connections.</summary>
internal sealed record ProbeTls(bool Verifies, X509Certificate2Collection? Authorities, string? Name, IReadOnlyList<byte[]> Pins, X509Certificate2? Certificate, X509Certificate2Collection? Chain);

/// <summary>When endpoints of a cluster are ejected, as compiled. Immutable. Times in milliseconds; 0 turns a rule off.</summary>
internal sealed record OutlierPlan(int Consecutive, double SuccessRate, double Latency, int Volume, long Interval, long Ejection, long MaxEjection, double MaxEjected)
{
    public static OutlierPlan Off { get; } = new(0, 0, 0, 1, 10_000, 30_000, 300_000, 0);

    public bool IsOn => Consecutive > 0 || Compares;

    /// <summary>Endpoints are compared with each other.</summary>
    public bool Compares => SuccessRate > 0 || Latency > 0;
}
