using System.Text.Json;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios.Tls;

/// <summary>HTTPS by curl, with and without a certificate of its own.</summary>
public class ClientTests
{
    [Fact]
    public async Task Curl_is_served_and_the_access_log_tells_of_its_handshake()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("one.test");
        await authority.IssueAsync("alice");
        await authority.RunAsync("openssl ca -config ca.cnf -gencrl -out list.pem");
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 1
            listeners:
              secure:
                address: "127.0.0.1:0"
                tls:
                  certificates: [{ cert: "{{authority.Folder}}/one.test.pem", key: "{{authority.Folder}}/one.test.key" }]
                  client-auth: { mode: optional, ca: "{{authority.Folder}}/ca.pem", crl: "{{authority.Folder}}/list.pem" }
            routes:
              all: { respond: { body: "${client-certificate.subject} ${tls.version} ${tls.server-name}" } }
            """);
        var curl = $"curl -sS --cacert ca.pem --connect-to one.test:443:127.0.0.1:{weir.Port("secure")} https://one.test/";
        (await authority.RunAsync(curl)).ShouldBe(" 1.3 one.test");
        (await authority.RunAsync(curl + " --tls-max 1.2 --cert alice.pem --key alice.key")).ShouldBe("CN=alice 1.2 one.test");

        await weir.WaitForOutputAsync("CN=alice");
        using var line = JsonDocument.Parse(weir.Output.Single(static l => l.Contains("CN=alice")));
        line.RootElement.GetProperty("tls.protocol.version").GetString().ShouldBe("1.2");
        line.RootElement.GetProperty("tls.cipher").GetString().ShouldStartWith("TLS_ECDHE_ECDSA_WITH_");
        line.RootElement.GetProperty("tls.resumed").GetBoolean().ShouldBeFalse();
        line.RootElement.GetProperty("tls.client.server_name").GetString().ShouldBe("one.test");
        line.RootElement.GetProperty("tls.client.hash.sha256").GetString()!.Length.ShouldBe(64);
        line.RootElement.GetProperty("weir.client_names").GetString().ShouldBe("DNS:alice");

        // A certificate that is taken back, and a list that says so: seen without anyone's doing.
        await authority.RunAsync("openssl ca -config ca.cnf -revoke alice.crt && openssl ca -config ca.cnf -gencrl -out list.new && mv list.new list.pem");
        await weir.WaitForErrorAsync("reloaded in");
        (await authority.RunAsync(curl + " --cert alice.pem --key alice.key", mayFail: true)).ShouldContain("alert certificate revoked");
        (await authority.RunAsync(curl)).ShouldBe(" 1.3 one.test");
    }
}
