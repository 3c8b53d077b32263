using Weir.Scenarios.Fixture;

namespace Weir.Scenarios.Tls;

/// <summary>What an authority says of a certificate is shown by who serves it (the responder and the client are OpenSSL's).</summary>
public class StaplingTests
{
    [Fact]
    public async Task What_the_authority_says_is_shown_to_who_asks()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("one.test");
        await authority.StartResponderAsync();
        await using var weir = await WeirProcess.StartAsync(Yaml(authority, "one.test"));
        await weir.WaitForErrorAsync("certificate one.test: its authority's word is stapled");
        foreach (var version in (string[])["-tls1_2", "-tls1_3"])
        {
            var said = await StatusAsync(authority, weir, version);
            said.ShouldContain("OCSP Response Status: successful");
            said.ShouldContain("Cert Status: good");
        }
    }

    [Fact]
    public async Task What_was_taken_back_is_said_aloud_and_not_stapled()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("one.test");
        await authority.RunAsync("openssl ca -config ca.cnf -revoke one.test.crt");
        await authority.StartResponderAsync();
        await using var weir = await WeirProcess.StartAsync(Yaml(authority, "one.test"));
        await weir.WaitForErrorAsync("certificate one.test is revoked");
        (await StatusAsync(authority, weir, "-tls1_3")).ShouldContain("OCSP response: no response sent");
    }

    [Fact]
    public async Task Without_an_answer_the_certificate_is_served_alone()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("one.test", "-addext tlsfeature=status_request");
        await using var weir = await WeirProcess.StartAsync(Yaml(authority, "one.test"));
        await weir.WaitForErrorAsync("certificate one.test: nothing new to staple");
        (await StatusAsync(authority, weir, "-tls1_3")).ShouldContain("OCSP response: no response sent");
        weir.Rewrite(Yaml(authority, "one.test").Replace("ocsp-stapling: true", "ocsp-stapling: false"));
        await weir.WaitForErrorAsync("must-staple");
    }

    private static Task<string> StatusAsync(Authority authority, WeirProcess weir, string version)
        => authority.RunAsync($"echo Q | openssl s_client {version} -status -CAfile ca.pem -servername one.test -connect 127.0.0.1:{weir.Port("secure")} 2>&1");

    private static string Yaml(Authority authority, string name) => $$"""
        version: 1
        workers: 1
        listeners:
          secure:
            address: "127.0.0.1:0"
            tls: { certificates: [{ cert: "{{authority.Folder}}/{{name}}.pem", key: "{{authority.Folder}}/{{name}}.key" }], ocsp-stapling: true }
        routes:
          all: { respond: { body: one } }
        telemetry: { access-log: off }
        """;
}
