using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Proxy.Routes.Patterns;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes the plans of probes and of outlier detection from a cluster's configuration.</summary>
internal sealed class HealthCompiler(string cluster, ClusterConfig config, ClusterUse use, DateTimeOffset now, IDiagnosticSink problems)
{
    public OutlierPlan Outliers()
    {
        var outliers = config.Health.Outliers;
        return !outliers.Enabled ? OutlierPlan.Off : new OutlierPlan(
            outliers.Consecutive, outliers.SuccessRate.Value, outliers.Latency, outliers.Volume, (long)outliers.Interval.TotalMilliseconds,
            (long)outliers.Ejection.TotalMilliseconds, (long)outliers.MaxEjection.TotalMilliseconds, outliers.MaxEjected.Value);
    }

    /// <summary>Null when endpoints are not asked.</summary>
    public ProbePlan? Probe()
    {
        if (config.Health.Probe is not { } probe) return null;
        return new ProbePlan
        {
            Digest = ConfigDigests.Of(probe),
            Kind = KindOf(probe),
            Path = probe.Path,
            Method = probe.Method,
            Host = probe.Host,
            Headers = probe.Headers,
            Port = probe.Port,
            Status = [.. probe.Status.Select(static s => StatusRange.TryParse(s, out var range) ? range : default)],
            BodyText = probe.Body?.Contains is { } text ? Encoding.UTF8.GetBytes(text) : null,
            BodyPattern = probe.Body?.Regex is { } regex ? Pattern(regex) : null,
            Service = probe.Service,
            Interval = probe.Interval,
            Jitter = probe.Jitter.Fraction,
            Timeout = probe.Timeout < probe.Interval ? probe.Timeout : probe.Interval,
            Healthy = probe.Healthy,
            Unhealthy = probe.Unhealthy,
            BeginsUnhealthy = probe.Initial == ProbeInitial.Unhealthy,
            Tls = Tls(),
        };
    }

    private ProbeKind KindOf(ProbeConfig probe) => probe.Type switch
    {
        ProbeType.Grpc => ProbeKind.Grpc,
        ProbeType.Http => ProbeKind.Http,
        ProbeType.Tcp => ProbeKind.Connect,
        _ => use == ClusterUse.Http && config.Endpoints.All(static e => !EndpointAddress.TryParse(e.Url, out var address, out _) || address.IsHttp) ? ProbeKind.Http : ProbeKind.Connect,
    };

    private System.Text.RegularExpressions.Regex? Pattern(string expression)
    {
        if (RegexPattern.TryMake(expression, out var fault) is { } pattern) return pattern.Regex;
        problems.Report(new ConfigProblem(ProblemSeverity.Error, $"clusters.{cluster}.health.probe.body", "bad-regex", fault!.Message, fault.Hint));
        return null;
    }

    // What is wrong in the files is said by the compiler of the connections' own TLS.
    private ProbeTls Tls()
    {
        var tls = config.Tls;
        var own = tls.Certificate is { } certificate ? CertificateReader.Read(certificate, "", now, new ProblemList())?.Identity : null;
        var pins = tls.Pins.Select(static p => UpstreamTlsCompiler.TryPin(p, out var hash) ? hash : []).ToList();
        return new ProbeTls(
            tls.Verify, tls.Ca is { } ca ? Authorities(ca) : null, tls.Name, pins, own is null ? null : WithKey(own.Chain[0], own.Key),
            own is null ? null : [.. own.Chain.Skip(1).Select(X509CertificateLoader.LoadCertificate)]);
    }

    private static X509Certificate2Collection Authorities(FileContent file)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(Encoding.UTF8.GetString(file.Bytes.Span));
        }
        catch (CryptographicException)
        {
            // Said already.
        }

        return all;
    }

    private static X509Certificate2 WithKey(byte[] certificate, byte[] key)
    {
        using var bare = X509CertificateLoader.LoadCertificate(certificate);
        if (bare.GetECDsaPublicKey() is { } isEcdsa)
        {
            isEcdsa.Dispose();
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportPkcs8PrivateKey(key, out _);
            return bare.CopyWithPrivateKey(ecdsa);
        }

        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(key, out _);
        return bare.CopyWithPrivateKey(rsa);
    }
}
