using System.Diagnostics;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios.Tls;

/// <summary>A certificate authority as the command line of OpenSSL makes it, with a responder that says what it took back.</summary>
internal sealed class Authority : IDisposable
{
    private const string Settings = """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        serial = serial
        new_certs_dir = .
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        default_days = 60
        default_crl_days = 30
        policy = any
        copy_extensions = copy
        unique_subject = no
        [any]
        commonName = supplied

        """;

    private Process? _responder;

    private Authority()
    {
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("weir-ca-").FullName;

    /// <summary>Where the responder is.</summary>
    public int ResponderPort { get; } = FreePort.Find();

    public static async Task<Authority> MakeAsync()
    {
        var authority = new Authority();
        await File.WriteAllTextAsync(Path.Combine(authority.Folder, "ca.cnf"), Settings);
        await authority.RunAsync("touch index.txt && echo 1000 > serial && echo 'unique_subject = no' > index.txt.attr");
        await authority.RunAsync("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=authority -keyout ca.key -out ca.pem");
        return authority;
    }

    /// <summary>NAME.pem with its chain, and NAME.key.</summary>
    public async Task IssueAsync(string name, string extra = "")
    {
        await RunAsync($"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -addext subjectAltName=DNS:{name} -addext authorityInfoAccess=OCSP\\;URI:http://127.0.0.1:{ResponderPort} {extra} -keyout {name}.key -out {name}.csr");
        await RunAsync($"openssl ca -batch -notext -config ca.cnf -in {name}.csr -out {name}.crt && cat {name}.crt ca.pem > {name}.pem");
    }

    /// <summary>Answers what the authority says now.</summary>
    public async Task StartResponderAsync()
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _responder = Shell.Start(Folder, line => { if (line.StartsWith("ACCEPT", StringComparison.Ordinal)) listens.TrySetResult(); },
            "openssl", "ocsp", "-port", $"{ResponderPort}", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-ndays", "2");
        await listens.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void StopResponder()
    {
        if (_responder is null) return;
        _responder.Kill();
        _responder.WaitForExit();
        _responder.Dispose();
        _responder = null;
    }

    public Task<string> RunAsync(string script, bool mayFail = false) => Shell.RunAsync(Folder, script, mayFail);

    public void Dispose()
    {
        StopResponder();
        Directory.Delete(Folder, recursive: true);
    }
}
