using System.Collections.Concurrent;
using System.Diagnostics;
using Weir.Certificates;
using Weir.Certificates.Storage;
using Weir.Config.Records;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>An issuer or a keeper on a state folder of its own.</summary>
internal sealed class Issuing(Answering answers, string? state = null) : IDisposable
{
    private readonly TemporaryFolder _own = new();

    public string State => state ?? _own.Path;

    public JumpClock Clock { get; } = new();

    public Lines Log { get; } = new();

    /// <summary>What the keeper gave, in order.</summary>
    public ConcurrentQueue<IssuedCertificate> Given { get; } = [];

    public static CertificateOrder Order(AcmeConfig config, params string[] names)
    {
        var order = CertificateOrder.Make(config.Directory, names, out var reason);
        reason.ShouldBe("");
        return order!;
    }

    public AcmeIssuer Issuer(AcmeConfig config)
        => new(new IssuerSettings(config), new AccountFolder(State, config.Directory, Clock, (path, reason) => Log.All.Enqueue($"{path}: {reason}")), [answers], Clock);

    public CertificateKeeper Keeper() => new(State, answers, Log, Clock) { OnCertificate = (_, certificate) => Given.Enqueue(certificate) };

    public async Task<IssueOutcome> ObtainAsync(AcmeConfig config, params string[] names)
    {
        using var issuer = Issuer(config);
        return await issuer.ObtainAsync(Order(config, names), null, issuer.Settings.FirstChallenge(null), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async Task WaitAsync(Func<bool> condition, string what)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(40), what + "\n" + Log.Text);
            await Task.Delay(20);
        }
    }

    public void Dispose() => _own.Dispose();
}
