using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Weir.Scenarios.Fixture;
using Weir.Tests;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Scenarios.Tls;

/// <summary>The whole program gets its certificates from a real ACME server (pebble), which asks its listeners for the proofs.</summary>
public sealed class AcmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-state-").FullName;
    private readonly (int Http, int Tls) _ports = (FreePort.Find(), FreePort.Find());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PebbleTheory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task A_first_start_is_served_with_a_certificate_after_some_seconds(string challenge)
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 30, ports: _ports);
        await using var weir = await WeirProcess.StartAsync(Yaml(pebble, challenge));
        // The first client is there before the certificate: its handshake waits.
        (await CurlAsync(pebble, "shop.example")).ShouldBe("hello");
        (await CurlAsync(pebble, "www.shop.example")).ShouldBe("hello");
        (await CurlAsync(pebble, "api.example")).ShouldBe("hello");
        weir.Errors.Count(static l => l.Contains(": obtained, valid until")).ShouldBe(2);
        // Plain HTTP is redirected, but for the authority.
        (await Shell.RunAsync(_folder, $"curl -sS -o /dev/null -w '%{{http_code}} %{{redirect_url}}' --connect-to shop.example:80:127.0.0.1:{_ports.Http} http://shop.example/x")).ShouldStartWith("308 https://shop.example");
        Directory.EnumerateFiles(Path.Combine(_folder, "state"), "*", SearchOption.AllDirectories).ShouldAllBe(static f => File.GetUnixFileMode(f) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Directory.EnumerateFiles(Path.Combine(_folder, "state", "challenges"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [PebbleFact]
    public async Task A_restart_has_the_certificate_without_asking_and_a_reload_gets_what_is_new()
    {
        await using var pebble = await Pebble.StartAsync(ports: _ports);
        string serial;
        await using (var weir = await WeirProcess.StartAsync(Yaml(pebble, "auto"))) serial = await SerialAsync(pebble, "shop.example");
        await using var again = await WeirProcess.StartAsync(Yaml(pebble, "auto"));
        (await SerialAsync(pebble, "shop.example")).ShouldBe(serial);
        again.Errors.ShouldNotContain(static l => l.Contains(": obtained"));
        again.Rewrite(Yaml(pebble, "auto").Replace("api.example", "new.example"));
        (await again.WaitForErrorAsync(": obtained")).ShouldContain("new.example");
        (await CurlAsync(pebble, "new.example")).ShouldBe("hello");
        (await SerialAsync(pebble, "shop.example")).ShouldBe(serial);
    }

    [PebbleFact]
    public async Task A_renewal_is_taken_up_under_load_without_a_request_lost()
    {
        // Thirty seconds of life: renewed after twenty.
        await using var pebble = await Pebble.StartAsync(validSeconds: 30, ports: _ports);
        await using var weir = await WeirProcess.StartAsync(Yaml(pebble, "auto"));
        var first = await SerialAsync(pebble, "shop.example");
        using var stop = new CancellationTokenSource();
        var failures = new List<string>();
        var asked = 0;
        var load = Task.Run(async () =>
        {
            using var client = await ClientAsync(pebble);
            while (!stop.IsCancellationRequested)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://shop.example:{_ports.Tls}/"));
                if (++asked % 10 == 0) request.Headers.ConnectionClose = true;
                try
                {
                    using var response = await client.SendAsync(request);
                    if (await response.Content.ReadAsStringAsync() is not "hello" and var other) failures.Add(other);
                }
                catch (HttpRequestException failure)
                {
                    failures.Add($"{DateTime.Now:HH:mm:ss.fff} {failure.Message} {failure.InnerException?.Message}");
                }

                await Task.Delay(20);
            }
        });
        await weir.WaitForErrorAsync("shop.example, www.shop.example: renewed, valid until");
        await Task.Delay(300);
        await stop.CancelAsync();
        await load;
        failures.ShouldBeEmpty(string.Join('\n', weir.Errors));
        asked.ShouldBeGreaterThan(50);
        (await SerialAsync(pebble, "shop.example")).ShouldNotBe(first);
    }

    [PebbleFact]
    public async Task Of_two_instances_with_one_folder_one_orders_and_either_answers()
    {
        // The authority asks the second instance's ports alone; whichever orders, that one must answer.
        await using var pebble = await Pebble.StartAsync(ports: _ports);
        var other = Yaml(pebble, "auto").Replace($":{_ports.Http}\"", ":0\"").Replace($":{_ports.Tls}\"", ":0\"");
        await using var first = await WeirProcess.StartAsync(other);
        await using var second = await WeirProcess.StartAsync(Yaml(pebble, "auto"));
        (await CurlAsync(pebble, "shop.example")).ShouldBe("hello");
        var serial = await SerialAsync(pebble, "shop.example");
        (await SerialAsync(pebble, "shop.example", first.Port("secure"))).ShouldBe(serial);
        (first.Errors.Concat(second.Errors)).Count(static l => l.Contains("shop.example") && l.Contains(": obtained")).ShouldBe(1);
    }

    [PebbleFact]
    public async Task What_the_authority_does_not_give_is_said_with_its_reason_and_handshakes_end()
    {
        await using var pebble = await Pebble.StartAsync(ports: (FreePort.Find(), FreePort.Find()));
        await using var weir = await WeirProcess.StartAsync(Yaml(pebble, "http-01").Replace("tls: { issuer", "timeouts: { handshake: 2s }, tls: { issuer"));
        (await weir.WaitForErrorAsync("there is none")).ShouldContain("next try");
        (await Shell.RunAsync(_folder, $"curl -sS -k --connect-to shop.example:443:127.0.0.1:{_ports.Tls} https://shop.example/", mayFail: true)).ShouldContain("curl: (35)");
    }

    private async Task<string> CurlAsync(Pebble pebble, string host, int port = 0)
    {
        await WriteRootAsync(pebble);
        return await Shell.RunAsync(_folder, $"curl -sS --cacert root.pem --connect-to {host}:443:127.0.0.1:{(port == 0 ? _ports.Tls : port)} https://{host}/");
    }

    private async Task<string> SerialAsync(Pebble pebble, string host, int port = 0)
    {
        await WriteRootAsync(pebble);
        return await Shell.RunAsync(_folder, $"echo Q | openssl s_client -CAfile root.pem -verify_return_error -servername {host} -connect 127.0.0.1:{(port == 0 ? _ports.Tls : port)} 2>/dev/null | openssl x509 -noout -serial");
    }

    private async Task WriteRootAsync(Pebble pebble)
    {
        using var root = await pebble.RootAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder, "root.pem"), root.ExportCertificatePem());
    }

    private async Task<HttpClient> ClientAsync(Pebble pebble)
    {
        var root = await pebble.RootAsync();
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", _ports.Tls, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { root } },
            },
        });
    }

    private string Yaml(Pebble pebble, string challenge) => string.Create(CultureInfo.InvariantCulture, $$"""
        version: 1
        workers: 2
        state: "{{_folder}}/state"
        acme: { directory: "{{pebble.Directory}}", ca: "{{pebble.AuthorityFile}}", challenge: {{challenge}} }
        listeners:
          web: { address: "127.0.0.1:{{_ports.Http}}", policies: [{ https-redirect: {} }] }
          secure: { address: "127.0.0.1:{{_ports.Tls}}", tls: { issuer: acme, certificates: [{ acme: [shop.example, www.shop.example] }] } }
        routes:
          all: { match: { host: [shop.example, www.shop.example, api.example] }, respond: { body: hello } }
        telemetry: { access-log: off }
        """);
}
