using Weir.Scenarios.Fixture;

namespace Weir.Scenarios.Tls;

/// <summary><c>tls: internal</c>: certificates of Weir's own authority, which clients take once they trust its root.</summary>
public sealed class InternalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-state-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Curl_takes_the_certificate_once_it_trusts_the_root_and_the_root_stays_over_restarts()
    {
        string root;
        await using (var weir = await WeirProcess.StartAsync(Yaml()))
        {
            (await weir.WaitForErrorAsync("Weir's own authority")).ShouldContain($"{_folder}/state/authority/root.pem");
            (await CurlAsync(weir, "localhost")).ShouldBe("hello");
            (await CurlAsync(weir, "127.0.0.1")).ShouldBe("hello");
            (await CurlAsync(weir, "intranet.example")).ShouldBe("hello");
            (await Shell.RunAsync(_folder, $"curl -sS https://localhost:{weir.Port("secure")}/", mayFail: true)).ShouldContain("SSL certificate problem");
            root = await File.ReadAllTextAsync(Path.Combine(_folder, "state/authority/root.pem"));
        }

        File.GetUnixFileMode(Path.Combine(_folder, "state/authority/authority.pem")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var again = await WeirProcess.StartAsync(Yaml());
        (await CurlAsync(again, "localhost")).ShouldBe("hello");
        (await File.ReadAllTextAsync(Path.Combine(_folder, "state/authority/root.pem"))).ShouldBe(root);

        await using var trust = WeirProcess.Command("trust", "-c", again.ConfigPath);
        (await trust.WaitForExitAsync()).ShouldBe(0);
        string.Join('\n', trust.Output).Trim().ShouldBe(root.Trim());
        trust.Errors.ShouldContain(static l => l.Contains("update-ca-certificates"));
    }

    [Fact]
    public async Task A_host_that_a_reload_brings_has_its_certificate_at_once()
    {
        await using var weir = await WeirProcess.StartAsync(Yaml());
        weir.Rewrite(Yaml().Replace("intranet.example", "other.example"));
        await weir.WaitForErrorAsync("reloaded in");
        (await CurlAsync(weir, "other.example")).ShouldBe("hello");
    }

    [Fact]
    public async Task A_state_folder_that_cannot_be_used_is_said_and_other_listeners_serve()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "state"), "a file, no folder");
        await using var weir = await WeirProcess.StartAsync(Yaml());
        await weir.WaitForErrorAsync("no certificate of Weir's own authority");
        (await weir.GetTextAsync("/")).ShouldBe("hello");
    }

    [NeedsFact("chromium")]
    public async Task A_browser_shows_the_page_without_a_warning_once_it_trusts_the_root()
    {
        await using var weir = await WeirProcess.StartAsync(Yaml());
        await weir.WaitForErrorAsync("Weir's own authority");
        await Shell.RunAsync(_folder, "mkdir -p home/.pki/nssdb && certutil -d sql:home/.pki/nssdb -N --empty-password");
        (await ShownAsync(weir)).ShouldNotContain("hello");
        await Shell.RunAsync(_folder, "certutil -d sql:home/.pki/nssdb -A -t C,, -n weir -i state/authority/root.pem");
        (await ShownAsync(weir)).ShouldContain("<body>hello");
        (await ShownAsync(weir, "protocol")).ShouldContain("<body>h2<");
    }

    private Task<string> CurlAsync(WeirProcess weir, string host)
        => Shell.RunAsync(_folder, $"curl -sS --cacert state/authority/root.pem --connect-to {host}:443:127.0.0.1:{weir.Port("secure")} https://{host}/");

    private Task<string> ShownAsync(WeirProcess weir, string path = "")
        => Shell.RunAsync(_folder, $"HOME=$PWD/home timeout 50 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir=$PWD/profile --dump-dom https://localhost:{weir.Port("secure")}/{path} 2>chromium.log", mayFail: true);

    private string Yaml() => $$"""
        version: 1
        workers: 1
        state: "{{_folder}}/state"
        listeners:
          web: "127.0.0.1:0"
          secure: { address: "127.0.0.1:0", tls: internal }
        routes:
          all: { match: { host: ["*", intranet.example] }, respond: { body: "hello", content-type: text/html } }
          protocol: { match: { path: /protocol }, respond: { body: "<body><script>document.body.textContent = performance.getEntriesByType('navigation')[0].nextHopProtocol</script>", content-type: text/html } }
        telemetry: { access-log: off }
        """;
}
