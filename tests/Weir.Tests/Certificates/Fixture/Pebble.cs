using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Weir.Config.Records;
using Weir.Sdk.Configuration;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>A test that talks to pebble, an ACME server for tests.</summary>
internal sealed class PebbleFactAttribute : FactAttribute
{
    public PebbleFactAttribute()
    {
        if (!File.Exists(Pebble.Program)) Skip = "pebble is not installed: scripts/install-test-deps.sh";
    }
}

internal sealed class PebbleTheoryAttribute : TheoryAttribute
{
    public PebbleTheoryAttribute()
    {
        if (!File.Exists(Pebble.Program)) Skip = "pebble is not installed: scripts/install-test-deps.sh";
    }
}

/// <summary>One pebble for the tests of a class.</summary>
public sealed class SharedPebble : IAsyncLifetime
{
    private Pebble? _pebble;

    /// <summary>It, with nothing left of other tests.</summary>
    internal Pebble Fresh()
    {
        _pebble!.Answers.Forget();
        return _pebble;
    }

    public async Task InitializeAsync()
    {
        if (File.Exists(Pebble.Program)) _pebble = await Pebble.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_pebble is not null) await _pebble.DisposeAsync();
    }
}

/// <summary>A running pebble with a folder, name server and challenge ports of its own; it validates at once and never takes an old authorization.</summary>
internal sealed class Pebble : IAsyncDisposable
{
    public const string Program = "/usr/bin/pebble";

    private readonly TemporaryFolder _folder = new();
    private readonly NameServer _names = new();
    private readonly Process _process;
    private readonly Queue<string> _log = [];
    private readonly HttpClient _http;
    private readonly int _management = FreePort.Find();

    private Pebble(int badNonces, int validSeconds, string? bindingKey, (int Http, int Tls)? ports)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=pebble", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        Own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
        AuthorityFile = _folder.Write("own.pem", Own.ExportCertificatePem());
        var config = new Dictionary<string, object>
        {
            ["listenAddress"] = $"127.0.0.1:{Port}",
            ["managementListenAddress"] = $"127.0.0.1:{_management}",
            ["certificate"] = AuthorityFile,
            ["privateKey"] = _folder.Write("own.key", key.ExportPkcs8PrivateKeyPem()),
            ["httpPort"] = ports?.Http ?? Answers.HttpPort,
            ["tlsPort"] = ports?.Tls ?? Answers.TlsPort,
            ["certificateValidityPeriod"] = validSeconds,
            ["externalAccountBindingRequired"] = bindingKey is not null,
        };
        if (bindingKey is not null) config.Add("externalAccountMACKeys", new Dictionary<string, string> { ["kid-1"] = bindingKey });
        var file = _folder.Write("pebble.json", JsonSerializer.Serialize(new Dictionary<string, object> { ["pebble"] = config }));
        var start = new ProcessStartInfo(Program, ["-config", file, "-dnsserver", _names.Address, "-strict"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0";
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = badNonces.ToString();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _http = NewHttp();
    }

    public int Port { get; } = FreePort.Find();

    public string Directory => $"https://127.0.0.1:{Port}/dir";

    /// <summary>The directory's own certificate, with its key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>PEM: what signed the directory's own certificate.</summary>
    public string AuthorityFile { get; }

    public Answering Answers { get; } = new();

    public string Log
    {
        get
        {
            lock (_log) return string.Join('\n', _log);
        }
    }

    /// <param name="badNonces">Of a hundred nonces so many are refused.</param>
    /// <param name="validSeconds">How long its certificates are valid.</param>
    /// <param name="bindingKey">An account must be bound to kid-1 with this key.</param>
    /// <param name="ports">Where it looks for proofs; null: where <see cref="Answers"/> are.</param>
    public static async Task<Pebble> StartAsync(int badNonces = 5, int validSeconds = 7_776_000, string? bindingKey = null, (int Http, int Tls)? ports = null)
    {
        // Somebody else may take a port between our look and pebble's.
        for (var tries = 0; ; tries++)
        {
            var pebble = new Pebble(badNonces, validSeconds, bindingKey, ports);
            if (await pebble.AnswersAsync()) return pebble;
            var log = pebble.Log;
            await pebble.DisposeAsync();
            if (tries == 5) throw new InvalidOperationException("pebble did not start:\n" + log);
        }
    }

    public AcmeConfig Config(AcmeChallenge challenge = AcmeChallenge.Http_01)
        => new() { Directory = Directory, Ca = new FileContent(AuthorityFile, File.ReadAllBytes(AuthorityFile)), Challenge = challenge, Email = ["ops@example.com"] };

    /// <summary>A client that takes it for itself by its own certificate.</summary>
    public HttpClient NewHttp()
        => new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetRawCertData().AsSpan().SequenceEqual(Own.RawData) } });

    /// <summary>What it signs with, made anew at each start.</summary>
    public async Task<X509Certificate2> RootAsync() => X509Certificate2.CreateFromPem(await _http.GetStringAsync($"https://127.0.0.1:{_management}/roots/0"));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
        Own.Dispose();
        _names.Dispose();
        Answers.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < TimeSpan.FromSeconds(30) && !_process.HasExited)
        {
            try
            {
                await _http.GetStringAsync(Directory);
                return true;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
            }
        }

        return false;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_log)
        {
            _log.Enqueue(line.Data);
            if (_log.Count > 500) _log.Dequeue();
        }
    }
}
